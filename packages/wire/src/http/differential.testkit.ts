import fc from 'fast-check';
import type { AnswerHead, HeaderLines, RequestHead } from './message.ts';
import { answerTexts, requestTexts } from './message-texts.testkit.ts';
import { bytewise, readAnswers, readRequests, type Seen, type SeenMessage, whole } from './read-all.testkit.ts';
import {
  type Reference,
  type ReferenceMessage,
  referenceAnswers,
  referenceRequests,
} from './runtime-parser.testkit.ts';

// What our readers accept, the runtime's strict parser accepts, and reads in the same way. The other direction is not asked
// for: we may refuse more. To run it at length: node packages/wire/src/http/differential.testkit.ts 1000000

/** What was compared, to show that it was not only refusals. */
export const compared = {
  requests: { cases: 0, messages: 0, whole: 0, refused: 0 },
  answers: { cases: 0, messages: 0, whole: 0, refused: 0 },
};

/** Empty if all is well, else the first difference. */
export function differenceInRequests(text: string): string {
  const seen = readRequests(whole(text));
  count(seen, compared.requests);
  const reference = referenceRequests(Buffer.from(text, 'latin1'));
  return difference(seen, reference, (head: RequestHead) => `${head.method} ${head.target}`);
}

/** Empty if all is well, else the first difference. */
export function differenceInAnswers(text: string, methods: readonly string[]): string {
  // Byte by byte, so that a second answer is expected before its first byte comes.
  const seen = readAnswers(bytewise(text), methods);
  count(seen, compared.answers);
  const reference = referenceAnswers(Buffer.from(text, 'latin1'), methods);
  return difference(seen, reference, (head: AnswerHead) => `${head.status} ${head.reason}`);
}

function count(seen: Seen<unknown>, counts: { cases: number; messages: number; whole: number; refused: number }): void {
  counts.cases++;
  counts.messages += seen.messages.length;
  counts.whole += seen.messages.filter((message) => message.isWhole).length;
  if (seen.end === 'malformed' || seen.end === 'tooLarge') counts.refused++;
}

interface ComparableHead {
  readonly version: string;
  readonly headers: HeaderLines;
  readonly framing: string;
  readonly keepsAlive: boolean;
  readonly upgrade?: readonly string[] | null;
}

function difference<Head extends ComparableHead>(
  seen: Seen<Head>,
  reference: Reference,
  startOf: (head: Head) => string,
): string {
  for (const [at, ours] of seen.messages.entries()) {
    const theirs = reference.messages[at];
    if (theirs === undefined) return `message ${at}: the runtime says ${reference.error || 'nothing'}`;
    const found = differenceInMessage(startOf(ours.head), ours, seen.end === 'open' ? theirs : cutTo(ours, theirs));
    if (found !== '') return `message ${at}: ${found}`;
  }
  const missing = reference.messages.length - seen.messages.length;
  return seen.end === 'open' && missing > 0 ? `the runtime reads ${missing} messages more` : '';
}

/** Of a message that we refused before its end, the runtime may have read more. */
function cutTo(ours: SeenMessage<unknown>, theirs: ReferenceMessage): ReferenceMessage {
  if (ours.isWhole) return theirs;
  return { ...theirs, body: theirs.body.slice(0, ours.body.length), trailers: [], isWhole: false };
}

function differenceInMessage<Head extends ComparableHead>(
  start: string,
  ours: SeenMessage<Head>,
  theirs: ReferenceMessage,
): string {
  // The runtime decides on the former before it learns that an answer has no content, for instance because of HEAD.
  const keepsAlive = ours.head.keepsAlive && (ours.head.framing !== 'none' || ours.head.upgrade !== undefined);
  const isUpgrade = Array.isArray(ours.head.upgrade);
  const rows: [what: string, ours: unknown, theirs: unknown][] = [
    ['start', start, theirs.start],
    ['version', ours.head.version, theirs.version],
    ['headers', ours.head.headers, theirs.headers],
    ['content', ours.body, theirs.body],
    ['trailers', ours.trailers, theirs.trailers],
    ['whole', ours.isWhole, theirs.isWhole],
    ['keeps alive', keepsAlive, keepsAlive && theirs.keepsAlive],
    ['upgrade', isUpgrade, isUpgrade && theirs.isUpgrade],
  ];
  for (const [what, one, other] of rows) {
    const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
    if (first !== second) return `${what} is ${first}, for the runtime ${second}`;
  }
  return '';
}

export const requestsAgree = fc.property(requestTexts, (text) => {
  const found = differenceInRequests(text);
  if (found !== '') throw new Error(found);
});

export const answersAgree = fc.property(answerTexts, ({ text, methods }) => {
  const found = differenceInAnswers(text, methods);
  if (found !== '') throw new Error(found);
});

function run<Case>(title: 'requests' | 'answers', property: fc.IProperty<[Case]>, cases: number): void {
  const batch = 10_000;
  let differences = 0;
  for (let done = 0; done < cases; done += batch) {
    const result = fc.check(property, { seed: done, numRuns: Math.min(batch, cases - done) });
    if (!result.failed) continue;
    differences++;
    process.stdout.write(`${JSON.stringify(result.counterexample)}\n  ${String(result.errorInstance)}\n`);
  }
  process.stdout.write(`${title}: ${JSON.stringify(compared[title])}, ${differences} differences\n`);
}

if (import.meta.main) {
  const cases = Number(process.argv[2] ?? 10_000);
  run('requests', requestsAgree, cases);
  run('answers', answersAgree, cases);
}
