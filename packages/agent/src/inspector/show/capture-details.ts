import type { HeaderLines } from '@adit/wire';
import { bodyText, looksLikeJson } from './body-text.ts';
import { type CaptureSummary, summarize } from './capture-summary.ts';
import { type DecodeLimits, decodeBody } from './decode-body.ts';
import { type FormatLimits, type FormattedJson, formatJson } from './format-json.ts';
import { headerPairs } from './header-values.ts';
import { type ShownCapture, type ShownMessage, showCapture } from './shown-capture.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/** A body for people to read. Times are milliseconds. */
export interface BodyDetails {
  readonly totalBytes: number;
  readonly keptBytes: number;
  /** Not all of it was kept, or not all of it is shown. */
  readonly isTruncated: boolean;
  readonly codings: readonly string[];
  readonly problem: string | null;
  /** Null: it is no text. */
  readonly text: string | null;
  /** Of what is no text, the first bytes. */
  readonly hex: string;
  /** The text, indented; or where it is no JSON. Null: it does not pretend to be. */
  readonly json: FormattedJson | null;
}

export interface MessageDetails {
  readonly headers: Pairs;
  readonly trailers: Pairs;
  readonly body: BodyDetails;
}

export interface CaptureDetails {
  readonly summary: CaptureSummary;
  readonly target: string;
  readonly remoteAddress: string;
  readonly problem: string | null;
  readonly isRevealed: boolean;
  readonly hasSecrets: boolean;
  /** Until the request was whole, until the answer began, until it was whole. Null: it did not come to that. */
  readonly timing: {
    readonly sendMs: number | null;
    readonly waitMs: number | null;
    readonly receiveMs: number | null;
  };
  readonly query: Pairs;
  readonly request: MessageDetails & { readonly version: string };
  readonly answer: (MessageDetails & { readonly version: string; readonly reason: string }) | null;
}

const shownHexBytes = 512;

/** All that the page shows of one capture. */
export async function captureDetails(
  shown: ShownCapture,
  limits: DecodeLimits & FormatLimits,
): Promise<CaptureDetails> {
  const { capture, request, answer, isRevealed } = shown;
  return {
    summary: summarize(capture),
    target: shown.target,
    remoteAddress: capture.origin.remoteAddress,
    problem: capture.problem,
    isRevealed,
    hasSecrets: hasSecrets(shown),
    timing: timingOf(shown),
    query: queryOf(shown),
    request: { ...(await messageDetails(request, limits)), version: request.head.version },
    answer: answer && {
      ...(await messageDetails(answer, limits)),
      version: answer.head.version,
      reason: answer.head.reason,
    },
  };
}

export function timingOf({ capture }: ShownCapture): CaptureDetails['timing'] {
  const { startMs, requestEndMs, answerStartMs, endMs } = capture;
  // An answer may begin before its request is whole.
  const sentMs = Math.min(requestEndMs ?? answerStartMs ?? startMs, answerStartMs ?? Infinity);
  return {
    sendMs: requestEndMs === null && answerStartMs === null ? null : sentMs - startMs,
    waitMs: answerStartMs === null ? null : answerStartMs - sentMs,
    receiveMs: answerStartMs === null || endMs === null ? null : endMs - answerStartMs,
  };
}

/** The parameters of the target as it is shown, unescaped. */
export function queryOf({ target }: ShownCapture): Pairs {
  const mark = target.indexOf('?');
  return mark === -1 ? [] : [...new URLSearchParams(target.slice(mark + 1))];
}

async function messageDetails(message: ShownMessage, limits: DecodeLimits & FormatLimits): Promise<MessageDetails> {
  const { lines, trailers } = message;
  return { headers: headerPairs(lines), trailers: headerPairs(trailers), body: await bodyDetails(message, limits) };
}

async function bodyDetails({ lines, body }: ShownMessage, limits: DecodeLimits & FormatLimits): Promise<BodyDetails> {
  const { bytes, totalBytes } = body;
  const decoded = await decodeBody(bytes, lines, limits);
  const isTruncated = body.isTruncated || decoded.isTruncated;
  // What was cut off breaks the compressed content as well; that it was cut off is said already.
  const problem = body.isTruncated ? null : decoded.problem;
  const text = bodyText(decoded.bytes, lines, isTruncated || decoded.problem !== null);
  const hex = text === null ? decoded.bytes.subarray(0, shownHexBytes).toString('hex') : '';
  const json = text === null || isTruncated ? null : jsonOf(text, lines, limits);
  return { totalBytes, keptBytes: bytes.length, isTruncated, codings: decoded.codings, problem, text, hex, json };
}

function jsonOf(text: string, lines: HeaderLines, limits: FormatLimits): FormattedJson | null {
  return text !== '' && looksLikeJson(text, lines) ? formatJson(text, limits) : null;
}

function hasSecrets({ capture }: ShownCapture): boolean {
  const redacted = showCapture(capture, false);
  const open = showCapture(capture, true);
  const texts = ({ target, request, answer }: ShownCapture): string =>
    JSON.stringify([target, request.lines, request.trailers, answer?.lines, answer?.trailers]);
  return texts(redacted) !== texts(open);
}
