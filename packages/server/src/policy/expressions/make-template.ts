import type { Template } from '@adit/policy-kit';
import type { PolicyScope } from '../policy-scope.ts';
import { defaultExpressionLimits } from './expression-limits.ts';
import { ExpressionProblem } from './expression-problem.ts';
import { parseTemplate, type TemplatePiece } from './parse-template.ts';
import { writeValue } from './write-value.ts';

type Run = (scope: PolicyScope) => unknown;

/** @throws {ExpressionProblem} With its place in the whole text. */
export function makeTemplate(text: string, compile: (expression: string) => Run): Template {
  const { maxTemplateChars, maxTemplateExpressions } = defaultExpressionLimits;
  const nowhere = { start: 0, end: 0 };
  if (text.length > maxTemplateChars)
    throw new ExpressionProblem(`it is longer than ${maxTemplateChars} characters`, nowhere);
  const pieces = parseTemplate(text);
  const parts = pieces.map((piece) => compilePiece(piece, compile));
  const count = parts.filter((part) => typeof part !== 'string').length;
  if (count > maxTemplateExpressions) {
    throw new ExpressionProblem(`it has more than ${maxTemplateExpressions} expressions`, nowhere);
  }
  return count === 0 ? constant(text, parts.join('')) : varying(text, parts);
}

function compilePiece(piece: TemplatePiece, compile: (expression: string) => Run): string | Run {
  if ('words' in piece) return piece.words;
  try {
    return compile(piece.expression);
  } catch (error) {
    throw error instanceof ExpressionProblem ? error.movedBy(piece.offset) : error;
  }
}

function constant(text: string, value: string): Template {
  return { text, constant: value, render: () => value, value: () => value };
}

function varying(text: string, parts: readonly (string | Run)[]): Template {
  const [only, ...more] = parts;
  const render = (scope: PolicyScope, write: (value: string) => string = asItIs) =>
    parts.map((part) => (typeof part === 'string' ? part : write(writeValue(part(scope))))).join('');
  const value = typeof only === 'function' && more.length === 0 ? only : (scope: PolicyScope) => render(scope);
  return { text, constant: null, render, value };
}

function asItIs(value: string): string {
  return value;
}
