import type { ExchangeHead } from '../exchange.ts';
import type { ClientAddress } from './client-address.ts';
import { forwardedElement } from './forwarded-header.ts';
import { headerKind } from './header-names.ts';
import type { RequestHead } from './request-head.ts';

// Methods whose request has no body unless it says so; for all others an upstream may wait for a length
// (RFC 9110 §8.6).
const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** What the upstream is told about the visitor, besides what he says himself. */
export interface VisitorLines {
  /** `directClient(facts)`, kept for the whole connection, unless the peer is a trusted proxy. */
  readonly client: ClientAddress;
  /** Of our own connection. */
  readonly scheme: 'http' | 'https';
  readonly requestId: string;
  /** True: a `Forwarded` line (RFC 7239) as well. */
  readonly sendsForwarded: boolean;
  /** The Host line in place of the visitor's; null: as he wrote it. */
  readonly hostHeader: string | null;
}

/**
 * The header lines that go to the upstream: the visitor's in their order, without hop-by-hop lines and without any that
 * only the edge may write, then framing, then ours. Ours come last so that nothing the visitor nominates in `Connection`
 * can take them away.
 */
export function upstreamRequestHeaders(exchange: ExchangeHead, head: RequestHead, visitor: VisitorLines): string[] {
  const lines: string[] = [];
  const host = visitor.hostHeader ?? exchange.authority;
  if (host !== null) lines.push('host', host);
  copyVisitorLines(lines, { exchange, head, keepsHost: host === null });
  addFraming(lines, exchange, head);
  addOurs(lines, head, visitor);
  return lines;
}

interface VisitorRequest {
  readonly exchange: ExchangeHead;
  readonly head: RequestHead;
  /** False: another Host line has been written. */
  readonly keepsHost: boolean;
}

function copyVisitorLines(lines: string[], { exchange, head, keepsHost }: VisitorRequest): void {
  const { headers } = exchange;
  const { nominated } = head;
  let cookieAt = -1;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    const kind = headerKind(name);
    if (kind === 'plain' || kind === 'cookie') {
      if (nominated?.has(name.toLowerCase())) continue;
      // HTTP/2 may split cookies over lines; HTTP/1 must not (RFC 9113 §8.2.3).
      if (kind === 'cookie' && exchange.version === '2') {
        if (cookieAt !== -1) {
          lines[cookieAt] += `; ${value}`;
          continue;
        }
        cookieAt = lines.length + 1;
      }
    } else if (kind === 'host') {
      if (!keepsHost) continue;
    } else if (kind === 'length') {
      if (!exchange.hasLength) continue;
    } else if (kind === 'trailer') {
      if (!exchange.hasBody || exchange.hasLength) continue;
    } else if (kind !== 'expect' || !head.expectsContinue) continue;
    lines.push(name, value);
  }
}

function addFraming(lines: string[], exchange: ExchangeHead, head: RequestHead): void {
  if (exchange.hasBody && !exchange.hasLength) lines.push('Transfer-Encoding', 'chunked');
  else if (!exchange.hasLength && !bodyless.has(exchange.method)) lines.push('Content-Length', '0');
  if (exchange.upgrade !== null) lines.push('Connection', 'Upgrade', 'Upgrade', exchange.upgrade.join(', '));
  else if (head.acceptsTrailers) lines.push('Connection', 'TE', 'TE', 'trailers');
}

function addOurs(lines: string[], head: RequestHead, visitor: VisitorLines): void {
  const { client, scheme } = visitor;
  if (visitor.sendsForwarded) lines.push('Forwarded', forwardedValue(client, { scheme, host: head.authority.text }));
  lines.push('X-Forwarded-For', client.path.length === 1 ? client.peerIp : client.path.join(', '));
  lines.push('X-Forwarded-Proto', client.proto ?? scheme);
  lines.push('X-Forwarded-Host', client.host ?? head.authority.text);
  lines.push('adit-request-id', visitor.requestId);
}

/**
 * One element for each hop that a trusted proxy told of in `X-Forwarded-For` (RFC 7239 §7.4), or else what it wrote itself;
 * then our own. So a reader of either header sees the same visitor.
 */
function forwardedValue(client: ClientAddress, own: { scheme: string; host: string }): string {
  let value = client.forwarded === null ? '' : `${client.forwarded}, `;
  if (client.forwarded === null) {
    for (let i = 0; i < client.path.length - 1; i++) {
      const told = i === 0 ? { proto: client.proto, host: client.host } : { proto: null, host: null };
      value += `${forwardedElement({ for: client.path[i] ?? '', ...told })}, `;
    }
  }
  return value + forwardedElement({ for: client.peerIp, proto: own.scheme, host: own.host });
}
