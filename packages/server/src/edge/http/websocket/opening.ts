// edge/http/websocket: WebSocket spoken by the edge itself, for services behind that want the bytes only. Frames are read and
// written in wire/websocket; who gets this is a policy's word; WebSockets that are merely passed on never come here.
import { AditError } from '@adit/contracts';
import { asksForWebSocket } from '@adit/policy-kit';
import type { AnswerHead, ExchangeHead } from '../exchange.ts';
import { lineValues } from '../header-lines.ts';
import { websocketAccept } from '../websocket-accept.ts';

/** What a refused visitor should know (RFC 6455 §4.4). */
export const versionLine: readonly string[] = ['sec-websocket-version', '13'];

/**
 * The head that opens the WebSocket that is asked for (RFC 6455 §4.2.2), without extensions.
 *
 * @throws {AditError} 3206: it is no opening handshake.
 */
export function openingHead({ method, headers, upgrade }: ExchangeHead): AnswerHead {
  if (method !== 'GET' || !asksForWebSocket({ upgrade })) throw new AditError(3206);
  const versions = lineValues(headers, 'sec-websocket-version');
  if (versions.length !== 1 || versions[0] !== '13')
    throw new AditError(3206, 'Cannot open the WebSocket: its version has to be 13');
  const keys = lineValues(headers, 'sec-websocket-key');
  const [key = ''] = keys;
  if (keys.length !== 1 || !keyForm.test(key))
    throw new AditError(3206, 'Cannot open the WebSocket: its key has to be 16 bytes in base64');
  const lines = ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', websocketAccept(key)];
  const protocol = chosenProtocol(lineValues(headers, 'sec-websocket-protocol'));
  if (protocol !== null) lines.push('Sec-WebSocket-Protocol', protocol);
  return { status: 101, reason: null, headers: lines, hasBody: false, mayHaveTrailers: false, isLast: true };
}

const keyForm = /^[A-Za-z0-9+/]{22}==$/;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Browsers give up a WebSocket for which none of the protocols that they offer is chosen, and bytes are as good as any:
 * `binary`, which is what clients call that, or else the first.
 */
function chosenProtocol(values: readonly string[]): string | null {
  if (values.length === 0) return null;
  const offered = values.flatMap((value) => value.split(',').map((name) => name.trim()));
  if (!offered.every((name) => token.test(name)))
    throw new AditError(3206, 'Cannot open the WebSocket: its protocols cannot be read');
  return offered.includes('binary') ? 'binary' : (offered[0] ?? null);
}
