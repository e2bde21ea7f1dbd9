import { AditError } from '@adit/contracts';
import type { AnswerHead, Exchange, HeaderLines } from './exchange.ts';
import { comparableName, isHopByHop, isOurs, nominatedNames } from './header-names.ts';
import type { HttpLimits } from './http-limits.ts';

const printable = /^[\t\x20-\x7e]*$/;

/** What is read of an upstream's answer. `http.IncomingMessage` fits. */
export interface UpstreamAnswer {
  readonly statusCode?: number | undefined;
  readonly statusMessage?: string | undefined;
  readonly rawHeaders: string[];
}

/**
 * The head that the visitor gets for an upstream's answer: the same lines in the same order, without hop-by-hop lines and
 * without any `adit-` line, which only the edge may send.
 *
 * @throws {AditError} 3004: the upstream sent a status that no final answer has, too many lines, or a transfer coding
 *   besides chunked, which nobody here would undo.
 */
export function visitorAnswerHead(
  answer: UpstreamAnswer,
  exchange: Exchange,
  options: { acceptsTrailers: boolean; limits: HttpLimits },
): AnswerHead {
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 599) throw new AditError(3004);
  if (answer.rawHeaders.length > options.limits.maxHeaderLines * 2) throw new AditError(3004);
  // RFC 9110 §15.3.5, §15.3.6, §15.4.5. The length of a HEAD or 304 tells of another answer; 204 and 205 have none.
  const isEmpty = status === 204 || status === 205;
  const hasBody = exchange.method !== 'HEAD' && status !== 304 && !isEmpty;
  const { coding, announcesTrailers, nominated } = readConnectionLines(answer.rawHeaders);
  const isChunked = coding !== null;
  if (isChunked && coding.toLowerCase() !== 'chunked') throw new AditError(3004);
  // Without chunks there is no place for trailers, and node:http refuses to announce them.
  const keepsTrailer = hasBody && isChunked && exchange.version !== '1.0';
  return {
    status,
    reason: printable.test(answer.statusMessage ?? '') ? (answer.statusMessage ?? null) : null,
    headers: endToEndLines(answer.rawHeaders, { nominated, keepsTrailer, keepsLength: !isEmpty }),
    hasBody,
    mayHaveTrailers: keepsTrailer && (announcesTrailers || options.acceptsTrailers),
    isLast: false,
  };
}

/**
 * True if nothing but the end of the stream ends the body (RFC 9112 §6.3): then only an end in good order makes it whole.
 */
export function isEndedByStream({ rawHeaders }: UpstreamAnswer): boolean {
  return !rawHeaders.some((name, i) => i % 2 === 0 && /^(content-length|transfer-encoding)$/i.test(name));
}

/** The lines of an interim answer or of a 101 that the visitor may see. */
export function endToEndAnswerLines(rawHeaders: HeaderLines): string[] {
  const { nominated } = readConnectionLines(rawHeaders);
  return endToEndLines(rawHeaders, { nominated, keepsTrailer: false, keepsLength: false });
}

function readConnectionLines(headers: HeaderLines) {
  let connection: string | null = null;
  let coding: string | null = null;
  let announcesTrailers = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.length !== 10 && name.length !== 17 && name.length !== 7) continue;
    const lower = name.toLowerCase();
    if (lower === 'connection') connection = joined(connection, headers[i + 1]);
    else if (lower === 'transfer-encoding') coding = joined(coding, headers[i + 1]);
    else if (lower === 'trailer') announcesTrailers = true;
  }
  return { nominated: nominatedNames(connection), coding, announcesTrailers };
}

function joined(before: string | null, value = ''): string {
  return before === null ? value : `${before},${value}`;
}

function endToEndLines(
  headers: HeaderLines,
  keep: { nominated: ReadonlySet<string> | null; keepsTrailer: boolean; keepsLength: boolean },
): string[] {
  const lines: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const comparable = comparableName(name);
    if (comparable === 'trailer' ? !keep.keepsTrailer : isHopByHop(comparable) || isOurs(comparable)) continue;
    if (comparable === 'content-length' && !keep.keepsLength) continue;
    if (keep.nominated?.has(name.toLowerCase())) continue;
    lines.push(name, headers[i + 1] ?? '');
  }
  return lines;
}
