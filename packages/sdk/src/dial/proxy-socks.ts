import { isIP, type Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import { ProxyReader } from './proxy-reader.ts';
import type { ProxyAddress } from './proxy-url.ts';
import type { ServerAddress } from './server-address.ts';

const version = 5;
const methods = { none: 0, password: 2 } as const;
const passwordVersion = 1;
const connectCommand = 1;
const addressTypes = { v4: 1, name: 3, v6: 4 } as const;

/** RFC 1928 §6. */
const refusals: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow the server',
  3: 'it cannot reach the network of the server',
  4: 'it cannot find or reach the server',
  5: 'the server refused its connection',
  6: 'it got no answer in time',
  7: 'it does not connect to servers',
  8: 'it does not take this kind of address',
};

/**
 * Asks a SOCKS5 proxy for a connection to the server (RFC 1928), with user and password where the URL has them (RFC 1929).
 * The proxy resolves names. The socket is the server's when it resolves.
 *
 * @throws {AditError} 9321: refused. 9322: it wants credentials, or others. 9323: not a SOCKS5 answer. The socket's error.
 */
export async function tunnelBySocks(socket: Socket, proxy: ProxyAddress, server: ServerAddress): Promise<void> {
  const reader = new ProxyReader(socket, proxy.text);
  await greet(socket, reader, proxy);
  socket.write(connectRequest(server));
  const [answered = 0, reply = 0, reserved = 0, type = 0] = await reader.take(4);
  if (answered !== version || reserved !== 0) throw reader.broken('its answer is not SOCKS5');
  if (reply !== 0) throw refused(9321, proxy, refusals[reply] ?? `it refused with code ${reply}`);
  await skipAddress(reader, type);
  reader.finish();
}

async function greet(socket: Socket, reader: ProxyReader, proxy: ProxyAddress): Promise<void> {
  const offered = proxy.credentials ? [methods.none, methods.password] : [methods.none];
  socket.write(Buffer.from([version, offered.length, ...offered]));
  const [answered = 0, method = 0] = await reader.take(2);
  if (answered !== version) throw reader.broken('its answer is not SOCKS5');
  if (method === methods.none) return;
  if (method === methods.password && proxy.credentials) return await logIn(socket, reader, proxy);
  if (method !== 0xff) throw reader.broken(`it chose login method ${method}, which was not offered`);
  throw refused(9322, proxy, proxy.credentials ? 'it takes no user and password' : 'it wants user and password');
}

async function logIn(socket: Socket, reader: ProxyReader, proxy: ProxyAddress): Promise<void> {
  const { user = '', password = '' } = proxy.credentials ?? {};
  socket.write(Buffer.concat([Buffer.from([passwordVersion]), counted(user), counted(password)]));
  const [answered = 0, status = 0] = await reader.take(2);
  if (answered !== passwordVersion) throw reader.broken('its answer to the login is not SOCKS5');
  if (status !== 0) throw refused(9322, proxy, 'it does not take this user and password');
}

function connectRequest({ host, port }: ServerAddress): Buffer {
  const portBytes = Buffer.from([port >> 8, port & 0xff]);
  return Buffer.concat([Buffer.from([version, connectCommand, 0]), addressOf(host), portBytes]);
}

function addressOf(host: string): Buffer {
  switch (isIP(host)) {
    case 4:
      return Buffer.from([addressTypes.v4, ...host.split('.').map(Number)]);
    case 6:
      return Buffer.from([addressTypes.v6, ...groupsOf(host).flatMap((group) => [group >> 8, group & 0xff])]);
    default:
      return Buffer.concat([Buffer.from([addressTypes.name]), counted(host.replace(/\.$/, ''))]);
  }
}

/** The eight groups of an IPv6 address; the URL parser has turned a dotted end into groups. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parts = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const [before = [], after = []] = parts;
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

async function skipAddress(reader: ProxyReader, type: number): Promise<void> {
  const portBytes = 2;
  if (type === addressTypes.v4) await reader.take(4 + portBytes);
  else if (type === addressTypes.v6) await reader.take(16 + portBytes);
  else if (type === addressTypes.name) await reader.take(((await reader.take(1))[0] ?? 0) + portBytes);
  else throw reader.broken('its answer is not SOCKS5');
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function refused(code: 9321 | 9322, proxy: ProxyAddress, why: string): AditError {
  return new AditError(code, `Cannot connect through the proxy "${proxy.text}": ${why}`);
}
