import { AditError, type ErrorCode } from '@adit/contracts';
import * as protocol from '../protocol.ts';
import { Misshapen, type Shape } from './tolerant.ts';

/**
 * Readers of the messages in ../protocol.ts: they take what `readMessage` or `call` answered.
 *
 * @throws {AditError} The message has not the declared shape. Auth 109, bind 301, other requests 9400, replies 9303.
 *   The text names the key and never its value, which may be secret.
 */
export const parseAuthRequest = reader(protocol.authRequest, 109, 'auth request');
export const parseAuthReply = reader(protocol.authReply, 9303, 'auth reply');
export const parseBindRequest = reader(protocol.bindRequest, 301, 'bind request');
export const parseBindReply = reader(protocol.bindReply, 9303, 'bind reply');
export const parseUnbindRequest = reader(protocol.unbindRequest, 9400, 'unbind request');
export const parseStartTunnelWithLabel = reader(protocol.startTunnelWithLabel, 301, 'labelled bind request');
export const parseStartTunnelWithLabelReply = reader(protocol.startTunnelWithLabelReply, 9303, 'labelled bind reply');
export const parseSrvInfoReply = reader(protocol.srvInfoReply, 9303, 'srvInfo reply');
export const parsePatchTunnelState = reader(protocol.patchTunnelState, 9400, 'patchTunnelState request');
export const parseUpdate = reader(protocol.update, 9400, 'update command');
export const parseStopTunnel = reader(protocol.stopTunnel, 9400, 'stopTunnel command');
export const parseUpstreamProbeRequest = reader(protocol.upstreamProbeRequest, 9400, 'upstreamProbe request');
export const parseUpstreamProbeReply = reader(protocol.upstreamProbeReply, 9303, 'upstreamProbe reply');
/** The reply to unbind, stop, restart, update and patchTunnelState. */
export const parsePlainReply = reader(protocol.plainReply, 9303, 'reply');

/** Makes the reader of one message. */
export function reader<T>(shape: Shape<T>, code: ErrorCode, what: string): (value: unknown) => T {
  return (value) => {
    try {
      return shape(value);
    } catch (problem) {
      if (!(problem instanceof Misshapen)) throw problem;
      const key = problem.path.join('.');
      throw new AditError(code, `Cannot read the ${what}${key && ` at "${key}"`}: ${problem.message}`);
    }
  };
}
