import { ExpressionProblem, type Place } from './expression-problem.ts';
import { durationType, timestampType } from './functions/function-row.ts';
import { replacing } from './make-environment.ts';

/** Whatever was thrown while compiling, in words for people who write documents. */
export function toProblem(error: unknown, text: string): ExpressionProblem {
  if (error instanceof ExpressionProblem) return error;
  const nowhere = { start: 0, end: 0 };
  if (text.trim() === '') return new ExpressionProblem('it is empty', nowhere);
  const { code, summary, range, node } = (error ?? {}) as EngineError;
  // The stack is full: brackets or signs without end.
  if (typeof summary !== 'string') return new ExpressionProblem('it cannot be read', nowhere);
  // The engine's place of a field is its name; only when that is not known is it what is wrong.
  const place = code === 'no_such_key' ? range : (node ?? range);
  return new ExpressionProblem(inOurWords(summary), place ?? nowhere);
}

interface EngineError {
  readonly code?: string;
  readonly summary?: unknown;
  readonly range?: Place;
  readonly node?: Place;
}

const words: readonly (readonly [RegExp, string])[] = [
  [/^(?:no such overload|found no matching overload for):? '?/i, 'the types do not fit: '],
  [/^Exceeded maxDepth \((\d+)\)$/, 'it is more than $1 levels deep'],
  [/^Exceeded maxAstNodes \((\d+)\)$/, 'it has more than $1 parts'],
  [/^Exceeded max(?:ListElements|MapEntries) \((\d+)\)$/, 'a list or map has more than $1 values'],
  [/^Exceeded maxCallArguments \((\d+)\)$/, 'a call has more than $1 arguments'],
  [/^No such key: (\w+)$/, 'there is no field "$1"'],
  [/^Unexpected token: EOF$/, 'it ends too early'],
  [/^Expected (\w+), got EOF$/, 'it ends too early: $1 is missing'],
  [/^Unterminated (?:triple-quoted )?string$/, 'a text has no closing quote'],
];

function inOurWords(summary: string): string {
  const plain = summary
    .replaceAll(timestampType, 'timestamp')
    .replaceAll(durationType, 'duration')
    .replaceAll(replacing, '')
    .slice(0, 300);
  const [pattern, by] = words.find(([form]) => form.test(plain)) ?? [];
  if (pattern === undefined || by === undefined) return plain;
  return plain.replace(pattern, by).replace(/'$/, '');
}
