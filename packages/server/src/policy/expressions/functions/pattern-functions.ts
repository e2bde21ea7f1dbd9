import { RecentMap } from '../../../domain/recent.ts';
import { compilePattern, PatternProblem, type Re2Pattern } from '../compile-pattern.ts';
import { EvaluationFailure } from '../evaluation-failure.ts';
import { defaultExpressionLimits } from '../expression-limits.ts';
import type { Fuel } from '../fuel.ts';
import { type FunctionRow, overloads } from './function-row.ts';

/** Hard patterns take some ten nanoseconds for each character and each of their steps. */
const charStepsPerStep = 512;

/** Patterns. Those that are written out come compiled, the others are kept for a while. */
export function patternFunctions(fuel: Fuel): FunctionRow[] {
  const kept = new RecentMap<string, Re2Pattern>(defaultExpressionLimits.maxKeptPatterns);
  const test = (text: string, source: string | Re2Pattern) => {
    const pattern = typeof source === 'string' ? (kept.get(source) ?? compile(source, fuel)) : source;
    if (typeof source === 'string') kept.set(source, pattern);
    fuel.burn(1 + (text.length * (16 + pattern.steps)) / charStepsPerStep);
    return pattern.test(text);
  };
  return overloads(
    'Whether a pattern matches anywhere in the text (RE2 syntax, always in linear time).',
    {
      'string.matches(string): bool': test,
      'string.matches(pattern): bool': test,
      'matches(string, string): bool': test,
      'matches(string, pattern): bool': test,
    },
    { replaces: true },
  );
}

function compile(source: string, fuel: Fuel): Re2Pattern {
  fuel.burn(500);
  try {
    return compilePattern(source);
  } catch (error) {
    if (error instanceof PatternProblem) throw new EvaluationFailure('a pattern cannot be used');
    throw error;
  }
}
