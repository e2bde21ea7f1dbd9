import { AditError } from '@adit/contracts';
import type { HeldBudget } from '@adit/wire';

/** An answer of which bytes may wait here for its visitor. */
export interface HeldAnswer {
  readonly heldBytes: number;
  fail(error: AditError, isStale: boolean): void;
}

/**
 * What waits here of the answers of one connection. The link has handed these bytes on, so that its own bounds do not see
 * them; beyond the budget of all connections, the one that holds most loses its fullest answer, and the next.
 */
export class HeldAnswers {
  readonly #budget: HeldBudget;
  readonly #answers = new Set<HeldAnswer>();
  #heldBytes = 0;

  constructor(budget: HeldBudget) {
    this.#budget = budget;
  }

  /** For the budget. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** So many bytes more wait, or less; the answer's own count already says so. */
  add(answer: HeldAnswer, difference: number): void {
    this.#heldBytes += difference;
    if (answer.heldBytes > 0) this.#answers.add(answer);
    else this.#answers.delete(answer);
    if (this.#heldBytes > 0) this.#budget.enter(this);
    else this.#budget.leave(this);
    this.#budget.add(difference);
  }

  /** For the budget. */
  shed(): void {
    let fullest: HeldAnswer | null = null;
    for (const answer of this.#answers) {
      if (answer.heldBytes > (fullest?.heldBytes ?? 0)) fullest = answer;
    }
    fullest?.fail(new AditError(9005, 'The answer was given up: it is not read'), false);
  }
}
