// The steps of a connection, one at a time, so that the one that fails can be named. The session's own code takes them all at
// once.
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { ServerAddress } from '@adit/sdk';

/**
 * The addresses of a host, in the order in which they are tried. `localhost` and names below it are this machine (RFC 6761
 * §6.3); they are never asked of a resolver.
 */
export async function addressesOf(host: string, isIpv6Only: boolean): Promise<readonly string[]> {
  if (/(?:^|\.)localhost\.?$/i.test(host)) return isIpv6Only ? ['::1'] : ['127.0.0.1', '::1'];
  if (isIP(host) !== 0) return isIpv6Only && isIP(host) === 4 ? [] : [host];
  const found = await lookup(host, { all: true, family: isIpv6Only ? 6 : 0 });
  return found.map(({ address }) => address);
}

/** The addresses of a URL's host, for a request. */
export async function lookupOf({ hostname }: URL): Promise<LookupFunction> {
  const found = await addressesOf(hostname.replaceAll(/[[\]]/g, ''), false);
  const addresses = found.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, callback) =>
    all ? callback(null, addresses) : callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
}

/** Whether what is sent to the URL never leaves this machine. */
export function isThisMachine({ hostname }: URL): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

/** Opens a TCP connection; the caller owns it. */
export function openTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port });
    signal.addEventListener('abort', () => !socket.connecting || socket.destroy(), { once: true });
    // Stays: an error after the answer must not end the program.
    socket.on('error', reject).once('connect', () => resolve(socket));
  });
}

/** The roots that a session would trust: the given ones and no others, else those of the system. */
export async function trustOf(caFile: string | undefined): Promise<SecureContext> {
  const ca =
    caFile === undefined
      ? [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
      : await readFile(caFile, 'utf8');
  return createSecureContext({ ca, minVersion: 'TLSv1.2' });
}

/** Ends the TLS handshake as a session does. A certificate that is not trusted rejects. */
export function openTls(socket: Socket, address: ServerAddress, trust: SecureContext): Promise<TLSSocket> {
  const { host } = address;
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket,
      host,
      ...(isIP(host) ? {} : { servername: host.replace(/\.$/, '') }),
      secureContext: trust,
      ALPNProtocols: ['adit/1'],
    });
    secured.on('error', reject).once('secureConnect', () => resolve(secured));
  });
}
