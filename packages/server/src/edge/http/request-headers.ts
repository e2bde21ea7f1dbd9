import type { ConnectFacts, RequestFacts } from '@adit/policy-kit';
import type { Exchange } from './exchange.ts';
import { comparableName, isForwarding, isHopByHop, isOurs } from './header-names.ts';
import type { RequestHead } from './request-head.ts';

// Methods whose request has no body unless it says so; for all others an upstream may wait for a length
// (RFC 9110 §8.6).
const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/**
 * The header lines that go to the upstream: the visitor's in their order, without hop-by-hop lines and without any that
 * only the edge may write, then framing, then ours. Ours come last so that nothing the visitor nominates in `Connection`
 * can take them away.
 */
export function upstreamRequestHeaders(
  exchange: Exchange,
  head: RequestHead,
  visitor: { facts: ConnectFacts; scheme: 'http' | 'https'; requestId: string },
): string[] {
  const lines: string[] = [];
  if (exchange.authority !== null) lines.push('host', exchange.authority);
  copyVisitorLines(lines, exchange, head);
  addFraming(lines, exchange, head);
  lines.push('X-Forwarded-For', visitor.facts.clientIp);
  lines.push('X-Forwarded-Proto', visitor.scheme);
  lines.push('X-Forwarded-Host', head.authority.text);
  lines.push('adit-request-id', visitor.requestId);
  return lines;
}

function copyVisitorLines(lines: string[], exchange: Exchange, head: RequestHead): void {
  const { headers } = exchange;
  let cookieAt = -1;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    const comparable = comparableName(name);
    if (!mayPass(exchange, head, { name, comparable })) continue;
    // HTTP/2 may split cookies over lines; HTTP/1 must not (RFC 9113 §8.2.3).
    if (comparable === 'cookie' && exchange.version === '2') {
      if (cookieAt !== -1) {
        lines[cookieAt] += `; ${value}`;
        continue;
      }
      cookieAt = lines.length + 1;
    }
    lines.push(name, value);
  }
}

function mayPass(exchange: Exchange, head: RequestHead, line: { name: string; comparable: string }): boolean {
  const { name, comparable } = line;
  if (isOurs(comparable) || isForwarding(comparable)) return false;
  if (comparable === 'trailer') return exchange.body !== null && !exchange.hasLength;
  if (isHopByHop(comparable)) return false;
  if (comparable === 'host') return exchange.authority === null;
  // An alias would be a second opinion on the length.
  if (comparable === 'content-length') return exchange.hasLength && name.toLowerCase() === comparable;
  if (comparable === 'expect') return head.expectsContinue;
  return head.nominated === null || !head.nominated.has(name.toLowerCase());
}

function addFraming(lines: string[], exchange: Exchange, head: RequestHead): void {
  if (exchange.body !== null && !exchange.hasLength) lines.push('Transfer-Encoding', 'chunked');
  else if (!exchange.hasLength && !bodyless.has(exchange.method)) lines.push('Content-Length', '0');
  if (exchange.upgrade !== null) lines.push('Connection', 'Upgrade', 'Upgrade', exchange.upgrade.join(', '));
  else if (head.acceptsTrailers) lines.push('Connection', 'TE', 'TE', 'trailers');
}

/** What the policies decide on: exactly the lines that would be forwarded. */
export function requestFacts(
  exchange: Exchange,
  head: RequestHead,
  forwarded: { lines: readonly string[]; connection: ConnectFacts },
): RequestFacts {
  const headers = new Map<string, string[]>();
  for (let i = 0; i < forwarded.lines.length; i += 2) {
    const name = (forwarded.lines[i] ?? '').toLowerCase();
    const values = headers.get(name);
    if (values) values.push(forwarded.lines[i + 1] ?? '');
    else headers.set(name, [forwarded.lines[i + 1] ?? '']);
  }
  const { connection } = forwarded;
  return { connection, method: exchange.method, target: head.path, host: head.authority.host, headers };
}
