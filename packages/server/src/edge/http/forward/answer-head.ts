import { AditError } from '@adit/contracts';
import type { AnswerHead, Exchange, HeaderLines } from '../exchange.ts';
import { lineValue } from '../header-lines.ts';
import type { UpstreamAnswer } from '../upstream.ts';
import { type HeaderKind, headerKind, nominatedNames } from './header-names.ts';

const printable = /^[\t\x20-\x7e]*$/;

/**
 * The head that the visitor gets for an upstream's answer: the same lines in the same order, without hop-by-hop lines and
 * without any `adit-` line, which only the edge may send.
 *
 * @throws {AditError} 3004: the upstream sent a status that no final answer has.
 */
export function visitorAnswerHead(
  answer: UpstreamAnswer,
  exchange: Exchange,
  options: { acceptsTrailers: boolean },
): AnswerHead {
  const { status, reason } = answer;
  if (status < 200 || status > 599) throw new AditError(3004);
  // RFC 9110 §15.3.5, §15.3.6, §15.4.5. The length of a HEAD or 304 tells of another answer; 204 and 205 have none.
  const isEmpty = status === 204 || status === 205;
  const hasBody = answer.hasBody && !isEmpty;
  const { announcesTrailers, nominated } = readConnectionLines(answer.headers);
  const keepsTrailer = hasBody && answer.mayHaveTrailers && exchange.version !== '1.0';
  const headers = endToEndLines(answer.headers, { nominated, keepsTrailer, keepsLength: !isEmpty });
  // HTTP/2 ends a message without saying so in a line; in HTTP/1 it would last until the connection closes.
  if (
    !hasBody &&
    status !== 204 &&
    status !== 304 &&
    exchange.method !== 'HEAD' &&
    lineValue(headers, 'content-length') === null
  )
    headers.push('content-length', '0');
  return {
    status,
    reason: reason !== null && printable.test(reason) ? reason : null,
    headers,
    hasBody,
    mayHaveTrailers: keepsTrailer && (announcesTrailers || options.acceptsTrailers),
    isLast: false,
  };
}

/** The lines of an interim answer or of a 101 that the visitor may see. */
export function endToEndAnswerLines(headers: HeaderLines): string[] {
  const { nominated } = readConnectionLines(headers);
  return endToEndLines(headers, { nominated, keepsTrailer: false, keepsLength: false });
}

function readConnectionLines(headers: HeaderLines) {
  let connection: string | null = null;
  let announcesTrailers = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.length !== 10 && name.length !== 7) continue;
    const lower = name.toLowerCase();
    if (lower === 'connection') connection = joined(connection, headers[i + 1]);
    else if (lower === 'trailer') announcesTrailers = true;
  }
  return { nominated: nominatedNames(connection), announcesTrailers };
}

function joined(before: string | null, value = ''): string {
  return before === null ? value : `${before},${value}`;
}

interface KeptLines {
  readonly nominated: ReadonlySet<string> | null;
  readonly keepsTrailer: boolean;
  readonly keepsLength: boolean;
}

function endToEndLines(headers: HeaderLines, keep: KeptLines): string[] {
  const lines: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (mayPass(headerKind(name), keep) && !keep.nominated?.has(name.toLowerCase()))
      lines.push(name, headers[i + 1] ?? '');
  }
  return lines;
}

function mayPass(kind: HeaderKind, keep: KeptLines): boolean {
  switch (kind) {
    case 'hopByHop':
    case 'ours':
    case 'lengthAlias':
      return false;
    case 'trailer':
      return keep.keepsTrailer;
    case 'length':
      return keep.keepsLength;
    default:
      return true;
  }
}
