import { EvaluationFailure } from './evaluation-failure.ts';
import type { ExpressionLimits } from './expression-limits.ts';

/** Characters that are copied or looked at for one step: each takes a few nanoseconds. */
const charsPerStep = 64;
/** The same for values of a list. */
const valuesPerStep = 8;

/**
 * What one evaluation may still do, and all for one decision together. Once it is used up every further use throws too, so that
 * operators which let errors pass (`||`, `exists`) come to an end.
 */
export class Fuel {
  readonly #limits: ExpressionLimits;
  #given = 0;
  #left = 0;

  constructor(limits: ExpressionLimits) {
    this.#limits = limits;
  }

  /** For the next evaluation. @param used Steps that others for the same decision have done. */
  refill(used: number): void {
    this.#given = Math.min(this.#limits.maxSteps, this.#limits.maxDecisionSteps - used);
    this.#left = this.#given;
    this.burn(1);
  }

  /** Steps of the evaluation that is over. */
  get used(): number {
    return this.#given - this.#left;
  }

  /** @throws {EvaluationFailure} Nothing is left. */
  burn(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new EvaluationFailure('it takes too many steps');
  }

  /** Before a text or list of that length is looked through. @throws {EvaluationFailure} */
  look(length: number): void {
    this.burn(length / charsPerStep);
  }

  /** Before a text of that length is made. @throws {EvaluationFailure} It would be too long. */
  makeText(length: number): void {
    if (length > this.#limits.maxMadeChars) throw new EvaluationFailure('a text becomes too long');
    this.look(length);
  }

  /** Before a list or map of that size is made. @throws {EvaluationFailure} It would be too long. */
  makeList(size: number): void {
    if (size > this.#limits.maxMadeValues) throw new EvaluationFailure('a list becomes too long');
    this.burn(size / valuesPerStep);
  }
}
