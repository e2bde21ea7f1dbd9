import { AditError } from '@adit/contracts';
import type { ExchangeHead } from '../exchange.ts';
import type { HttpLimits } from '../http-limits.ts';
import { type Authority, isSameAuthority, parseAuthority } from './authority.ts';
import { nominatedNames } from './header-names.ts';
import { parseTarget } from './target.ts';

/** A request's head, checked. What it says is what is decided on and what is forwarded. */
export interface RequestHead {
  readonly authority: Authority;
  /** Origin-form or `*`. */
  readonly path: string;
  /** Names that the visitor's Connection lines made hop-by-hop. */
  readonly nominated: ReadonlySet<string> | null;
  readonly expectsContinue: boolean;
  /** The visitor said `TE: trailers`. */
  readonly acceptsTrailers: boolean;
}

/**
 * Checks authority, target and the lines that change how a request is handled.
 *
 * @throws {AditError} 9002: malformed or ambiguous. 9006: too many or too long header lines.
 */
export function readRequestHead(exchange: ExchangeHead, scheme: 'http' | 'https', limits: HttpLimits): RequestHead {
  const lines = readSpecialLines(exchange, limits);
  if (!methodForm.test(exchange.method)) throw new AditError(9002, 'Cannot read the request method');
  const target = parseTarget(exchange.target, { method: exchange.method, scheme });
  if (!target) throw new AditError(9002, 'Cannot read the request target: it has no allowed form');
  // The upstream must get a Host, so one must be there; the authority of an absolute-form can only agree with it.
  if (lines.hosts.length > 1) throw new AditError(9002, 'Cannot route a request with several Host lines');
  if (lines.hosts.length === 0 && exchange.authority === null) throw new AditError(9002, 'The request names no host');
  const authority = agreedAuthority([...lines.hosts, exchange.authority, target.authority]);
  const expect = lines.expect?.toLowerCase() ?? null;
  if (expect !== null && expect !== '100-continue') throw new AditError(9002, 'Cannot meet the expectation');
  return {
    authority,
    path: target.path,
    nominated: nominatedNames(lines.connection),
    // HTTP/1.0 knows no interim answers (RFC 9110 §10.1.1: ignore it there).
    expectsContinue: expect !== null && exchange.version !== '1.0',
    acceptsTrailers: lines.te?.toLowerCase().includes('trailers') ?? false,
  };
}

// Methods are case-sensitive, but node:http writes them in capitals: `get` would be decided on and `GET` forwarded.
const methodForm = /^[!#$%&'*+.^_`|~0-9A-Z-]{1,32}$/;

interface SpecialLines {
  readonly hosts: string[];
  connection: string | null;
  expect: string | null;
  te: string | null;
}

function readSpecialLines({ headers, method, target }: ExchangeHead, limits: HttpLimits): SpecialLines {
  if (headers.length > limits.maxHeaderLines * 2) throw new AditError(9006, 'Cannot take that many header lines');
  const lines: SpecialLines = { hosts: [], connection: null, expect: null, te: null };
  let bytes = method.length + target.length;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    bytes += name.length + value.length;
    // Only these lengths can be host, connection, expect or te: most lines need no lower-casing here.
    if (name.length !== 4 && name.length !== 10 && name.length !== 6 && name.length !== 2) continue;
    switch (name.toLowerCase()) {
      case 'host':
        lines.hosts.push(value);
        break;
      case 'connection':
        lines.connection = joined(lines.connection, value);
        break;
      case 'expect':
        lines.expect = joined(lines.expect, value);
        break;
      case 'te':
        lines.te = joined(lines.te, value);
        break;
    }
  }
  if (bytes > limits.maxHeadBytes) throw new AditError(9006);
  return lines;
}

/** Every authority that the request carries must be the same. */
function agreedAuthority(texts: readonly (string | null)[]): Authority {
  let agreed: Authority | null = null;
  for (const text of texts) {
    if (text === null) continue;
    const authority = parseAuthority(text);
    if (!authority) throw new AditError(9002, 'Cannot read the host of the request');
    if (agreed && !isSameAuthority(agreed, authority)) throw new AditError(9002, 'The request names two hosts');
    agreed ??= authority;
  }
  if (!agreed) throw new TypeError('Cannot agree on an authority: there is none');
  return agreed;
}

function joined(before: string | null, value: string): string {
  return before === null ? value : `${before}, ${value}`;
}
