import { bodyText } from '../show/body-text.ts';
import { queryOf, timingOf } from '../show/capture-details.ts';
import { type DecodeLimits, decodeBody } from '../show/decode-body.ts';
import { headerPairs, headerValues } from '../show/header-values.ts';
import type { ShownCapture, ShownMessage } from '../show/shown-capture.ts';

export interface HarOptions {
  readonly agentVersion: string;
  readonly limits: DecodeLimits;
  /** The public URL of an endpoint, without a path. */
  baseUrl(endpointName: string): string;
}

/** HTTP Archive 1.2. What is unknown is -1 or empty, as the format has it. */
export async function harOf(captures: readonly ShownCapture[], options: HarOptions): Promise<object> {
  const entries: object[] = [];
  for (const shown of captures) entries.push(await entryOf(shown, options));
  return { log: { version: '1.2', creator: { name: 'Adit', version: options.agentVersion }, entries } };
}

async function entryOf(shown: ShownCapture, options: HarOptions): Promise<object> {
  const { capture } = shown;
  const { sendMs, waitMs, receiveMs } = timingOf(shown);
  return {
    startedDateTime: new Date(capture.startMs).toISOString(),
    // The sum of the timings that are known.
    time: (sendMs ?? 0) + (waitMs ?? 0) + (receiveMs ?? 0),
    request: await requestOf(shown, options),
    response: await responseOf(shown, options),
    cache: {},
    timings: {
      blocked: -1,
      dns: -1,
      connect: -1,
      ssl: -1,
      send: sendMs ?? 0,
      wait: waitMs ?? 0,
      receive: receiveMs ?? 0,
    },
    ...(capture.problem === null ? {} : { comment: capture.problem }),
  };
}

async function requestOf(shown: ShownCapture, { limits, baseUrl }: HarOptions): Promise<object> {
  const { request, target, capture } = shown;
  const content = await contentOf(request, limits);
  return {
    method: request.head.method,
    url:
      target.includes('://') && !target.startsWith('/')
        ? target
        : baseUrl(capture.origin.endpointName) + pathOf(target),
    httpVersion: `HTTP/${request.head.version}`,
    cookies: headerValues(request.lines, 'cookie').flatMap(cookiesOf),
    headers: named(headerPairs(request.lines)),
    ...trailersOf(request),
    queryString: named(queryOf(shown)),
    ...(request.body.totalBytes === 0 ? {} : { postData: postDataOf(content) }),
    headersSize: -1,
    bodySize: request.body.totalBytes,
  };
}

/** `*` asks about the server as a whole, and has no place in a URL. */
function pathOf(target: string): string {
  return target === '*' ? '/' : target;
}

/** There is no place for an encoding here, so that binary content says in a comment what it is. */
function postDataOf({ mimeType, text, encoding, comment }: Content): object {
  const comments = [encoding, comment].filter((part) => part !== undefined).join('; ');
  return { mimeType, params: [], text, ...(comments === '' ? {} : { comment: comments }) };
}

async function responseOf({ answer }: ShownCapture, { limits }: HarOptions): Promise<object> {
  const sizes = { headersSize: -1, bodySize: answer?.body.totalBytes ?? -1 };
  if (!answer) {
    const content = { size: 0, mimeType: '' };
    const none = { status: 0, statusText: '', httpVersion: '', cookies: [], headers: [], content, redirectURL: '' };
    return { ...none, ...sizes };
  }
  return {
    status: answer.head.status,
    statusText: answer.head.reason,
    httpVersion: `HTTP/${answer.head.version}`,
    cookies: headerValues(answer.lines, 'set-cookie').flatMap((value) => cookiesOf(value).slice(0, 1)),
    headers: named(headerPairs(answer.lines)),
    ...trailersOf(answer),
    content: await contentOf(answer, limits),
    redirectURL: headerValues(answer.lines, 'location')[0] ?? '',
    ...sizes,
  };
}

/** The format has no place for them, but one for fields of our own. */
function trailersOf({ trailers }: ShownMessage): object {
  return trailers.length === 0 ? {} : { _trailers: named(headerPairs(trailers)) };
}

interface Content {
  readonly size: number;
  readonly mimeType: string;
  readonly text: string;
  readonly encoding?: 'base64';
  readonly comment?: string;
}

async function contentOf({ lines, body }: ShownMessage, limits: DecodeLimits): Promise<Content> {
  const decoded = await decodeBody(body.bytes, lines, limits);
  const isTruncated = body.isTruncated || decoded.isTruncated;
  const text = bodyText(decoded.bytes, lines, isTruncated);
  const [mimeType = 'application/octet-stream'] = headerValues(lines, 'content-type');
  return {
    size: decoded.bytes.length,
    mimeType,
    ...(text === null ? { text: decoded.bytes.toString('base64'), encoding: 'base64' } : { text }),
    ...(isTruncated ? { comment: 'truncated' } : {}),
  };
}

function cookiesOf(line: string): { name: string; value: string }[] {
  return line.split(';').flatMap((pair) => {
    // The value is trimmed afterwards: a pattern would look at a long run of spaces from each of its places.
    const [, name, value] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, value: value.trim() }];
  });
}

function named(pairs: HeaderPairs): { name: string; value: string }[] {
  return pairs.map(([name, value]) => ({ name, value }));
}

type HeaderPairs = readonly (readonly [name: string, value: string])[];
