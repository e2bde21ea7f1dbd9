import type { EvaluatedNow } from '../evaluated-now.ts';
import { EvaluationFailure } from '../evaluation-failure.ts';
import { type FunctionRow, overloads } from './function-row.ts';

/** What functions reach outside of their arguments. */
export interface Outside {
  /** From 0 up to, not with, 1. */
  random(): number;
}

/** Secrets and chance. */
export function outsideFunctions(outside: Outside, now: EvaluatedNow): FunctionRow[] {
  const int = (min = 0n, max = 1n) => {
    if (min < 0n || max < min)
      throw new EvaluationFailure('the bounds of a random number are negative or in the wrong order');
    return min + BigInt(Math.floor(outside.random() * Number(max - min + 1n)));
  };
  return [
    ...overloads('A secret by the names of its vault and of itself.', {
      'secrets.get(string, string): string': (_: object, vault: string, name: string) => {
        const secret = now.activation.scope.secret(vault, name);
        if (secret === undefined) throw new EvaluationFailure('a secret is not there');
        return secret;
      },
    }),
    ...overloads('A random number from 0 up to, not with, 1.', { 'rand.double(): double': () => outside.random() }),
    ...overloads('A random whole number between two, both included; 0 or 1 without them.', {
      'rand.int(): int': () => int(),
      'rand.int(int, int): int': (_: object, min: bigint, max: bigint) => int(min, max),
    }),
  ];
}
