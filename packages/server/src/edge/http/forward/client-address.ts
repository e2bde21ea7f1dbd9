import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { ConnectFacts } from '@adit/policy-kit';
import { plainAddress } from '../../../domain/plain-address.ts';
import type { HeaderLines } from '../exchange.ts';
import { parseAuthority } from './authority.ts';
import { isWellFormedForwarded } from './forwarded-header.ts';

/** Which peers are proxies of the operator's own, so that what they say of their visitors is believed. */
export interface TrustedProxies {
  /** @param ip As in `ConnectFacts.clientIp`. */
  has(ip: string): boolean;
}

/** Whom a request comes from, and what the upstream is told of its way here. Immutable. */
export interface ClientAddress {
  /** The visitor, as far back as trusted proxies vouch: what policies decide on, what grants and logs name. */
  readonly facts: ConnectFacts;
  /** Who opened the connection: the visitor, or the last proxy. */
  readonly peerIp: string;
  /** The addresses between the visitor and us, in the order of the request's way: visitor, proxies, peer. */
  readonly path: readonly string[];
  /** From a trusted proxy; null: the scheme of our own connection. */
  readonly proto: 'http' | 'https' | null;
  /** From a trusted proxy, a well-formed authority; null: the request's own. */
  readonly host: string | null;
  /** The `Forwarded` lines of a trusted proxy that sends no `X-Forwarded-For`, joined and well-formed; null: none. */
  readonly forwarded: string | null;
}

// A way that is longer is a loop, or somebody's attempt to make us walk.
const maxHops = 32;

/** A visitor without trusted proxies, for as many requests as his connection brings: what his lines claim counts for nothing. */
export function directClient(facts: ConnectFacts): ClientAddress {
  return { facts, peerIp: facts.clientIp, path: [facts.clientIp], proto: null, host: null, forwarded: null };
}

/**
 * Whom a request is from that came over a trusted proxy. `X-Forwarded-For` is walked from its right end, where the nearest
 * proxy wrote, over trusted addresses to the first that is not: the visitor. What stands left of him he wrote himself, and
 * is dropped. Where an entry is no address, the way back ends at the hop that wrote it. `Forwarded` decides nothing, and
 * beside `X-Forwarded-For` it is dropped: a proxy that knows only one of the two passes the other on as its visitor wrote
 * it.
 *
 * @param facts Of the connection; its address must be trusted.
 */
export function proxiedClient(facts: ConnectFacts, headers: HeaderLines, trusted: TrustedProxies): ClientAddress {
  const lines = readForwardingLines(headers);
  const path = [facts.clientIp];
  const visitor = walkBack(lines.forwardedFor, path, trusted);
  path.reverse();
  const isKept = lines.forwardedFor === null && lines.forwarded !== null && isWellFormedForwarded(lines.forwarded);
  return {
    facts: visitor === null ? facts : { ...facts, ...visitor },
    peerIp: facts.clientIp,
    path,
    proto: readProto(lines.proto),
    host: lines.host !== null && parseAuthority(lines.host) ? lines.host : null,
    forwarded: isKept ? lines.forwarded : null,
  };
}

interface ForwardingLines {
  /** All lines as one list, in their order. */
  forwardedFor: string | null;
  forwarded: string | null;
  /** Null as well when there are several: then nobody knows which of them the proxy wrote. */
  proto: string | null;
  host: string | null;
}

function readForwardingLines(headers: HeaderLines): ForwardingLines {
  const lines: ForwardingLines = { forwardedFor: null, forwarded: null, proto: null, host: null };
  let protos = 0;
  let hosts = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    // Only these lengths can be one of the four: most lines need no lower-casing here.
    if (name.length !== 9 && (name.length < 15 || name.length > 17)) continue;
    // Exact spellings only: an alias such as X_Forwarded_For is not what the proxy writes.
    switch (name.toLowerCase()) {
      case 'x-forwarded-for':
        lines.forwardedFor = lines.forwardedFor === null ? value : `${lines.forwardedFor},${value}`;
        break;
      case 'forwarded':
        lines.forwarded = lines.forwarded === null ? value : `${lines.forwarded}, ${value}`;
        break;
      case 'x-forwarded-proto':
        lines.proto = ++protos === 1 ? value : null;
        break;
      case 'x-forwarded-host':
        lines.host = ++hosts === 1 ? value : null;
        break;
    }
  }
  return lines;
}

type Hop = Pick<ConnectFacts, 'clientIp' | 'clientPort'>;

/** Adds each hop to `path`; answers the last one, or null when there is none behind the peer. */
function walkBack(list: string | null, path: string[], trusted: TrustedProxies): Hop | null {
  let last: Hop | null = null;
  let end = list === null ? -1 : list.length;
  while (list !== null && end >= 0 && path.length <= maxHops) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
    const hop = parseHop(list.slice(comma + 1, end).trim());
    if (hop === null) break;
    last = hop;
    path.push(hop.clientIp);
    if (!trusted.has(hop.clientIp)) break;
    end = comma;
  }
  return last;
}

const bracketed = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/i;
const withPort = /^([\d.]+):(\d{1,5})$/;

/** `a.b.c.d`, an IPv6 address with or without brackets, either with a port (0: not told). Null: neither. */
function parseHop(text: string): Hop | null {
  const [, host = text, digits = '0'] = bracketed.exec(text) ?? withPort.exec(text) ?? [];
  const clientPort = Number(digits);
  const clientIp = canonicalAddress(host);
  return clientIp === null || clientPort > 65_535 ? null : { clientIp, clientPort };
}

/** As in `ConnectFacts.clientIp`, so that lists and quotas know it again however it was written. */
function canonicalAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return null;
  return plainAddress(new SocketAddress({ family: 'ipv6', address: text }).address);
}

function readProto(value: string | null): 'http' | 'https' | null {
  const lower = value?.toLowerCase();
  return lower === 'http' || lower === 'https' ? lower : null;
}
