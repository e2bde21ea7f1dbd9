import type { Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import { connectLimits } from './connect-limits.ts';
import { ProxyReader } from './proxy-reader.ts';
import type { ProxyAddress } from './proxy-url.ts';
import type { ServerAddress } from './server-address.ts';

const headEnd = '\r\n\r\n';
const statusLine = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerLine = /^[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Asks an HTTP proxy for a tunnel to the server (RFC 9110 §9.3.6). The socket is the server's when it resolves.
 *
 * @throws {AditError} 9321: refused. 9322: it wants credentials, or others. 9323: not an answer to CONNECT. The socket's error.
 */
export async function tunnelByHttp(socket: Socket, proxy: ProxyAddress, server: ServerAddress): Promise<void> {
  const reader = new ProxyReader(socket, proxy.text);
  socket.write(connectRequest(proxy, server));
  const status = await readAnswer(reader);
  if (status >= 200 && status < 300) return;
  const refused = `Cannot connect through the proxy "${proxy.text}": it answered ${status} to CONNECT ${server.text}`;
  throw new AditError(status === 407 ? 9322 : 9321, refused);
}

function connectRequest({ credentials }: ProxyAddress, { text }: ServerAddress): string {
  const lines = [`CONNECT ${text} HTTP/1.1`, `Host: ${text}`];
  if (credentials) {
    const basic = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    lines.push(`Proxy-Authorization: Basic ${basic}`);
  }
  return lines.join('\r\n') + headEnd;
}

/** Only a refusal may have content behind its head. */
async function readAnswer(reader: ProxyReader): Promise<number> {
  let text = '';
  for (let end = -1; end === -1; end = text.indexOf(headEnd)) {
    text += (await reader.some()).toString('latin1');
    if (text.length > connectLimits.maxProxyAnswerBytes) throw reader.broken('its answer is too long');
  }
  const end = text.indexOf(headEnd);
  const [first = '', ...headers] = text.slice(0, end).split('\r\n');
  const status = Number(statusLine.exec(first)?.[1]);
  if (!status || !headers.every((line) => headerLine.test(line))) throw reader.broken('its answer is not HTTP/1.1');
  if (status < 300 && text.length > end + headEnd.length) throw reader.broken('it sent more than its answer');
  return status;
}
