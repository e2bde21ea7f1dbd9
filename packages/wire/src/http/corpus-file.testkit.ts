import { readdirSync, readFileSync } from 'node:fs';
import type { AnswerHead, RequestHead } from './message.ts';
import { readAnswers, readRequests, type Seen } from './read-all.testkit.ts';

/** A file of the folder `corpus`; its README says what stands in it. */
interface CorpusCase {
  readonly name: string;
  /** Of the requests whose answers these are; null for requests. */
  readonly methods: readonly string[] | null;
  readonly text: string;
  readonly expected: readonly string[];
}

const folder = new URL('./corpus/', import.meta.url);

export const corpus = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map(readCase);

function readCase(name: string): CorpusCase {
  const [given = '', expected = ''] = readFileSync(new URL(name, folder), 'utf8').split('=>\n');
  const [kind = '', ...bytes] = given.split('\n').filter((line) => !line.startsWith('#'));
  const [first, ...methods] = kind.split(' ');
  return {
    name,
    methods: first === 'answers' ? methods : null,
    text: unescape(bytes.join('')),
    expected: expected.trim().split('\n'),
  };
}

function unescape(text: string): string {
  return text.replaceAll(/\\(x[0-9a-f]{2}|.)/g, (_, escape: string) => {
    if (escape.startsWith('x')) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return { r: '\r', n: '\n', t: '\t' }[escape] ?? escape;
  });
}

/** What is read of a case, as its file says it. */
export function readAs({ methods, text }: CorpusCase, chunksOf: (text: string) => Buffer[]): string[] {
  if (methods === null) return describe(readRequests(chunksOf(text)), requestStart);
  return describe(readAnswers(chunksOf(text), methods), answerStart);
}

function requestStart({ method, target, upgrade }: RequestHead): string {
  return upgrade === null ? `${method} ${target}` : `${method} ${target} to ${upgrade.join(', ')}`;
}

function answerStart({ status, reason }: AnswerHead): string {
  return `${status} ${JSON.stringify(reason)}`;
}

function describe<Head extends RequestHead | AnswerHead>(seen: Seen<Head>, startOf: (head: Head) => string): string[] {
  const lines = seen.messages.map(({ head, body, trailers, isWhole }) => {
    const parts = [startOf(head), head.version, JSON.stringify(head.headers), head.framing, JSON.stringify(body)];
    if (trailers.length > 0) parts.push(JSON.stringify(trailers));
    return [...parts, isWhole ? 'whole' : 'cut'].join(' ');
  });
  return [...lines, seen.end];
}
