import { EvaluationFailure } from './evaluation-failure.ts';
import type { ExpressionLimits } from './expression-limits.ts';

/** Characters that are copied or looked at for one step: each takes a few nanoseconds. */
const charsPerStep = 64;
/** The same for values of a list. */
const valuesPerStep = 8;

/**
 * What one evaluation may still do. Once it is used up every further use throws too, so that operators which let errors
 * pass (`||`, `exists`) come to an end.
 */
export class Fuel {
  readonly #limits: ExpressionLimits;
  #left = 0;

  constructor(limits: ExpressionLimits) {
    this.#limits = limits;
  }

  /** For the next evaluation. */
  refill(): void {
    this.#left = this.#limits.maxSteps;
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
