import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { HeaderLines } from '../exchange.ts';
import { lineValue } from '../header-lines.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { websocketAccept } from '../websocket-accept.ts';

// RFC 9113 §8.2.2 forbids them. `te` may say `trailers` and nothing else.
const neverInHttp2: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

// RFC 8441 §5: the key and its proof belong to the HTTP/1 handshake.
const websocketKey = 'sec-websocket-key';
const websocketProof = 'sec-websocket-accept';

/**
 * A request as HTTP/2 has it: pseudo headers, then the other lines in their order with names in lower case. One that asks
 * for an upgrade becomes an extended CONNECT for a WebSocket (RFC 8441 §4).
 */
export function http2RequestLines(request: UpstreamRequest, scheme: HttpScheme): string[] {
  const isUpgrade = request.upgrade !== null;
  const lines = [':method', isUpgrade ? 'CONNECT' : request.method];
  if (isUpgrade) lines.push(':protocol', 'websocket');
  lines.push(':scheme', scheme, ':authority', lineValue(request.headers, 'host') ?? '', ':path', request.path);
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = (request.headers[i] ?? '').toLowerCase();
    const value = request.headers[i + 1] ?? '';
    if (neverInHttp2.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers')) continue;
    if (isUpgrade && name === websocketKey) continue;
    lines.push(name, value);
  }
  return lines;
}

/** The lines of the 101 that stands for an upstream's agreement: what HTTP/1 adds to it, the proof of the key included. */
export function upgradeAnswerLines(answer: HeaderLines, request: HeaderLines): string[] {
  const lines: string[] = [];
  for (let i = 0; i < answer.length; i += 2) {
    if (answer[i] !== websocketProof) lines.push(answer[i] ?? '', answer[i + 1] ?? '');
  }
  lines.push('Connection', 'Upgrade', 'Upgrade', 'websocket');
  const key = lineValue(request, websocketKey);
  if (key !== null) lines.push('Sec-WebSocket-Accept', websocketAccept(key));
  return lines;
}

/** Trailers as node:http2 takes them. What HTTP/2 forbids, a name of a head included, is left out. */
export function trailerFields(lines: HeaderLines): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] ?? '').toLowerCase();
    const value = lines[i + 1] ?? '';
    if (name === 'te' || neverInHttp2.has(name)) continue;
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}
