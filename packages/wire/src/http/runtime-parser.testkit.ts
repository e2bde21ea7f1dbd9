import { METHODS } from 'node:http';
import { createRequire } from 'node:module';
import type { HeaderLines } from './message.ts';

// The parser behind node:http, strict as `insecureHTTPParser: false` makes it, driven without sockets. It is not public, so
// this is test code only.

/** What the runtime's parser read of one message. */
export interface ReferenceMessage {
  /** Method and target, or status and reason. */
  start: string;
  version: string;
  headers: HeaderLines;
  body: string;
  trailers: HeaderLines;
  keepsAlive: boolean;
  isUpgrade: boolean;
  isWhole: boolean;
}

export interface Reference {
  readonly messages: ReferenceMessage[];
  /** The code of the error that ended it; empty if none. */
  error: string;
}

type HeadArguments = [
  major: number,
  minor: number,
  headers: string[] | undefined,
  method: number,
  url: string | undefined,
  status: number,
  reason: string,
  isUpgrade: boolean,
  keepsAlive: boolean,
];

interface RuntimeParser {
  initialize(type: number, resource: object, maxHeaderBytes: number, leniency: number): void;
  execute(bytes: Buffer): number | { code: string };
  finish(): { code: string } | undefined;
  [callback: number]: unknown;
}

interface ParserClass {
  new (): RuntimeParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnMessageBegin: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kLenientNone: number;
}

const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: ParserClass };
const parser = new HTTPParser();
const maxHeaderBytes = 64 * 1024;
const readOn = 0;
const noContent = 1;

let reference: Reference = { messages: [], error: '' };
/** Headers, or trailers, that came before the head or the end they belong to. */
let early: string[] = [];
let earlyTarget = '';
/** Of the requests whose answers are read; null while requests are read. */
let expected: string[] | null = null;

parser[HTTPParser.kOnMessageBegin] = (): void => {
  early = [];
  earlyTarget = '';
};
parser[HTTPParser.kOnHeaders] = (lines: string[], target: string): void => {
  early.push(...lines);
  earlyTarget += target;
};
parser[HTTPParser.kOnHeadersComplete] = onHead;
parser[HTTPParser.kOnBody] = (bytes: Buffer): void => {
  const last = reference.messages.at(-1);
  if (last !== undefined) last.body += bytes.toString('latin1');
};
parser[HTTPParser.kOnMessageComplete] = (): void => {
  const last = reference.messages.at(-1);
  if (last === undefined) return;
  last.trailers = early;
  last.isWhole = true;
  early = [];
};

function onHead(...[major, minor, lines, method, url, status, reason, isUpgrade, keepsAlive]: HeadArguments): number {
  const start =
    expected === null ? `${methodNames.get(method) ?? method} ${url ?? earlyTarget}` : `${status} ${reason}`;
  const headers = lines === undefined ? early : [...early, ...lines];
  early = [];
  const version = `${major}.${minor}`;
  reference.messages.push({ start, version, headers, body: '', trailers: [], keepsAlive, isUpgrade, isWhole: false });
  return expected === null ? readOn : contentOf(status, expected);
}

/** What a client knows and its parser does not (RFC 9112 §6.3). */
function contentOf(status: number, methods: string[]): number {
  if (status < 200) return noContent;
  const method = methods.shift();
  return method === 'HEAD' || status === 204 || status === 304 ? noContent : readOn;
}

/** The parser names methods by numbers; asked for each, it tells which. */
const methodNames = new Map<number, string>();
for (const name of METHODS) {
  const start = referenceRequests(Buffer.from(`${name} / HTTP/1.1\r\n\r\n`)).messages[0]?.start ?? '';
  methodNames.set(Number(start.split(' ')[0]), name);
}

/** As a server reads a connection; it reads on behind upgrades. */
export function referenceRequests(bytes: Buffer): Reference {
  expected = null;
  return execute(bytes, HTTPParser.REQUEST);
}

/** As a client reads a connection on which these requests were sent, to the end of the stream. */
export function referenceAnswers(bytes: Buffer, methods: readonly string[]): Reference {
  expected = [...methods];
  const found = execute(bytes, HTTPParser.RESPONSE);
  if (found.error === '') found.error = parser.finish()?.code ?? '';
  return found;
}

function execute(bytes: Buffer, type: number): Reference {
  reference = { messages: [], error: '' };
  let left = bytes;
  while (left.length > 0) {
    parser.initialize(type, {}, maxHeaderBytes, HTTPParser.kLenientNone);
    const result = parser.execute(left);
    if (typeof result !== 'number') {
      reference.error = result.code;
      break;
    }
    left = left.subarray(result);
    if (type === HTTPParser.RESPONSE) break;
  }
  return reference;
}
