import { AditError } from '@adit/contracts';
import type { Path, PolicyProblem } from '../document/policy-problems.ts';

/** What an expression or a pattern is refused with says where in its own text. */
interface TextProblem {
  readonly offset: number;
  readonly hint?: string;
}

/** What was thrown about one text of a document. */
export function problemOf(error: unknown, path: Path): PolicyProblem {
  if (error instanceof AditError) return { code: error.code, path, message: error.message };
  if (!(error instanceof Error)) throw error;
  const { offset, hint } = error as Error & Partial<TextProblem>;
  // Not about the text: a mistake of ours.
  if (offset === undefined) throw error;
  return { code: 2200, path, offset, message: hint ? `${error.message}; ${hint}` : error.message };
}
