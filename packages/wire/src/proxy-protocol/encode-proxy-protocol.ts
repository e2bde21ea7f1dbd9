import type { ConnectionEnds } from './connection-ends.ts';
import { ipv4Bytes, ipv6Bytes } from './ip-address.ts';

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const versionAndProxy = 0x21;
const overTcp4 = 0x11;
const overTcp6 = 0x21;
const mappedPrefix = '::ffff:';

/**
 * A PROXY header of version 1 (text) or 2 (binary), for TCP (HAProxy's specification of the PROXY protocol, §2).
 *
 * @throws {RangeError} What should be an address is none: the header would say something else than was meant.
 */
export function encodeProxyProtocol(version: 1 | 2, ends: ConnectionEnds): Buffer {
  const isIpv6 = ends.clientIp.includes(':') || ends.serverIp.includes(':');
  const [client, server] = [ends.clientIp, ends.serverIp].map((ip) => readAddress(ip, isIpv6)) as [Address, Address];
  const { clientPort, serverPort } = ends;
  if (version === 2) return encodeBinary([client.bytes, server.bytes], [clientPort, serverPort]);
  const line = `PROXY TCP${isIpv6 ? 6 : 4} ${client.text} ${server.text} ${clientPort} ${serverPort}\r\n`;
  return Buffer.from(line, 'latin1');
}

interface Address {
  readonly text: string;
  readonly bytes: Buffer;
}

/** Both ends have to be of one family; an IPv4 address has a form among those of IPv6 (RFC 4291 §2.5.5.2). */
function readAddress(ip: string, isIpv6: boolean): Address {
  const text = isIpv6 && !ip.includes(':') ? mappedPrefix + ip : ip;
  const bytes = isIpv6 ? ipv6Bytes(text) : ipv4Bytes(text);
  if (bytes === null) throw new RangeError(`Cannot write a PROXY header: ${JSON.stringify(ip)} is no address`);
  return { text, bytes };
}

function encodeBinary(addresses: readonly [Buffer, Buffer], [clientPort, serverPort]: [number, number]): Buffer {
  const isIpv6 = addresses[0].length === 16;
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(clientPort, 0);
  ports.writeUInt16BE(serverPort, 2);
  const body = Buffer.concat([...addresses, ports]);
  const head = Buffer.from([versionAndProxy, isIpv6 ? overTcp6 : overTcp4, 0, body.length]);
  return Buffer.concat([signature, head, body]);
}
