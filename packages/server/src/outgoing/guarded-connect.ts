import net, { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { type GuardOptions, guardedLookup, mayCall, refused } from './guard.ts';

/** A service that a user names. */
export interface NamedService {
  readonly host: string;
  readonly port: number;
  /** Its certificate must be good for `host`, by the authorities that this machine trusts. */
  readonly isTls: boolean;
}

/** Opens a connection; returns at once, and what goes wrong comes as its error. */
export type Connect = (service: NamedService) => Socket;

/**
 * Connections to addresses that users write (SSRF): the address that is connected to is the one that was judged.
 *
 * The error of the socket is an AditError 9620 where the address is not one to be called.
 */
export function guardedConnect(options: GuardOptions): Connect {
  const lookup = guardedLookup(options);
  return ({ host, port, isTls }) => {
    if (isIP(host) && !mayCall(host, options)) {
      const socket = new net.Socket();
      // Whoever asked gets it first, and then its error.
      process.nextTick(() => socket.destroy(refused('its address is not public')));
      return socket;
    }
    const target = { host, port, lookup, allowHalfOpen: true };
    if (!isTls) return net.connect(target);
    // Names of services are in certificates, addresses of them are not said as one.
    return tls.connect({ ...target, ...(isIP(host) === 0 && { servername: host }) });
  };
}
