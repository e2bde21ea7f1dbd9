import { AditError } from '@adit/contracts';
import type { Capture } from '../capture/capture.ts';
import { headerPairs } from './header-values.ts';
import { redactLines, redactUrl } from './redact.ts';

type Test = (capture: Capture) => boolean;

/** The parameters that a list of captures may be searched by, besides `limit`. All that are given must hold. */
const makers: Readonly<Record<string, (wanted: string) => Test>> = {
  tunnel_name: (wanted) => (capture) => capture.origin.endpointName === wanted,
  method: (wanted) => (capture) => capture.request.head.method === wanted.toUpperCase(),
  path: (wanted) => (capture) => includes(redactUrl(capture.request.head.target), wanted),
  status: statusTest,
  header: headerTest,
  text: textTest,
  min_duration_ms: (wanted) => atLeast(wanted, (capture) => capture.durationMs ?? 0),
  min_bytes: (wanted) =>
    atLeast(wanted, ({ request, answer }) => request.body.totalBytes + (answer?.body.totalBytes ?? 0)),
};

/**
 * Reads a search: `tunnel_name`, `method`; `path` and `header` (a part of the name, or `name: part of the value`) in any
 * case; `status` as `404`, its first digits, `4xx` or `400-499`; `text` in heads, trailers and, in exactly this case, in bodies that are not
 * compressed; `min_duration_ms`; `min_bytes` of both bodies together. Secrets are not found: they would be told by guessing.
 *
 * @throws {AditError} 9201: a value of the wrong form.
 */
export function captureFilter(query: URLSearchParams): Test {
  const tests = [...query].flatMap(([name, wanted]) => {
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    return make && wanted !== '' ? [make(wanted)] : [];
  });
  return (capture) => tests.every((test) => test(capture));
}

function statusTest(wanted: string): Test {
  const [, begin, from, to] = /^(?:([1-5]\d{0,2}|[1-5]x{0,2})|([1-5]\d\d)-([1-5]\d\d))$/i.exec(wanted) ?? [];
  const digits = begin?.replaceAll(/x/gi, '') ?? '';
  const low = Number(from ?? digits.padEnd(3, '0'));
  const high = Number(to ?? digits.padEnd(3, '9'));
  if (low < 100) throw new AditError(9201, 'Cannot search by this status: it must be like 404, 4xx or 400-499');
  return ({ answer }) => answer !== null && answer.head.status >= low && answer.head.status <= high;
}

function headerTest(wanted: string): Test {
  const colon = wanted.indexOf(':');
  const name = colon === -1 ? wanted : wanted.slice(0, colon);
  const value = colon === -1 ? '' : wanted.slice(colon + 1).trim();
  return (capture) =>
    shownLines(capture).some(([otherName, other]) =>
      colon === -1 ? includes(otherName, name) : isSame(otherName, name) && includes(other, value),
    );
}

function textTest(wanted: string): Test {
  const bytes = Buffer.from(wanted);
  return (capture) =>
    includes(redactUrl(capture.request.head.target), wanted) ||
    shownLines(capture).some(([name, value]) => includes(`${name}: ${value}`, wanted)) ||
    capture.request.body.bytes.includes(bytes) ||
    (capture.answer?.body.bytes.includes(bytes) ?? false);
}

function atLeast(wanted: string, valueOf: (capture: Capture) => number): Test {
  if (!/^\d{1,12}$/.test(wanted))
    throw new AditError(9201, 'Cannot search by this size or duration: it must be a number');
  return (capture) => valueOf(capture) >= Number(wanted);
}

function shownLines({ request, answer }: Capture): [string, string][] {
  const answered = answer ? [...answer.head.headers, ...answer.trailers] : [];
  return headerPairs(redactLines([...request.head.headers, ...request.trailers, ...answered]));
}

function includes(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.trim().toLowerCase();
}
