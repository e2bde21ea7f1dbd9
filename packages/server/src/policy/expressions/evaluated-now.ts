import type { Activation } from './activation.ts';
import { EvaluationFailure } from './evaluation-failure.ts';

/** What is being evaluated: functions such as `getReqHeader` look at it. One evaluation at a time, none waits. */
export class EvaluatedNow {
  #activation: Activation | undefined;

  /** @throws {EvaluationFailure} Nothing is: a function is called outside of an evaluation. */
  get activation(): Activation {
    if (!this.#activation) throw new EvaluationFailure('it went wrong');
    return this.#activation;
  }

  during<T>(activation: Activation, evaluate: () => T): T {
    const before = this.#activation;
    this.#activation = activation;
    try {
      return evaluate();
    } finally {
      this.#activation = before;
    }
  }
}
