import { AditError, type ErrorCode, errorTable, isId } from '@adit/contracts';
import { errorBody } from '@adit/contracts/api';
import { type Exchange, type FuzzTarget, foreignText } from './fuzz-target.testkit.ts';
import { secretText } from './odd-json.testkit.ts';

/** What nobody waits for who does not try to be slow; generous, as machines of tests are busy. */
const maxMs = 5_000;

/** What only the inside of the server knows: stacks, modules, statements. */
const inside = [
  /\n\s+at /,
  /\.[cm]?[jt]s:\d+/,
  /node_modules|node:internal/,
  /file:\/\//,
  /sqlite|constraint|syntax error at/i,
];

/** What is wrong with an answer, whatever was asked. Empty: nothing. */
export function answerFaults(exchange: Exchange, target: FuzzTarget): string[] {
  return [...statusFaults(exchange, target), ...bodyFaults(exchange), ...leaks(exchange, target)];
}

function* statusFaults(
  { status, operation, odd, tookMs, headers }: Exchange,
  { world }: FuzzTarget,
): Generator<string> {
  const documented = operation.responses;
  if (status >= 500)
    yield `a failure of the server: ${String((world.logged.at(-1)?.['err'] as Error | undefined)?.cause)}`;
  else if (world.logged.some((fields) => 'err' in fields)) yield 'something was logged as a failure';
  const isKnown = String(status) in documented || `${String(status)[0]}XX` in documented;
  if (!isKnown && odd.method === undefined) yield `the status ${status} is not in the document`;
  if (tookMs > maxMs) yield `it took ${tookMs} ms`;
  if (headers['x-content-type-options'] !== 'nosniff') yield 'a browser may guess what it is';
}

function* bodyFaults({ status, text, headers, odd }: Exchange): Generator<string> {
  if (status < 400 || odd.method === 'HEAD') return;
  if (!String(headers['content-type']).startsWith('application/json')) return yield 'the error is not JSON';
  const { success, data } = errorBody.strict().safeParse(JSON.parse(text));
  if (!success) return yield 'the error has not the form of errors';
  const code = Number(data.error_code.replace('ERR_ADIT_', '')) as ErrorCode;
  if (!(code in errorTable)) yield 'the code is not in the table of errors';
  else if (new AditError(code).status !== status) yield `the code ${code} goes with another status`;
  if (data.status_code !== status) yield 'the body tells another status';
  if (!isId('operation', data.details.operation_id)) yield 'nothing names the call';
}

function* leaks({ text, operation, headers }: Exchange, target: FuzzTarget): Generator<string> {
  const { world, caller, stranger, foreign } = target;
  const all = `${text}\n${JSON.stringify(headers)}`;
  // What everybody may read is written by us.
  if (operation.security !== undefined && !operation.requestBody) return;
  for (const pattern of inside) if (pattern.test(all)) yield `it shows ${pattern}`;
  const hidden = [world.dataDir, process.cwd(), caller.key, secretText, foreignText, stranger.key, ...foreign];
  for (const one of hidden) if (all.includes(one)) yield `it shows "${one}"`;
}
