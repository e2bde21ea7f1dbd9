import type { Close, Denial, Outcome } from '@adit/policy-kit';
import type { Answered, ChainRequest } from '../../../domain/chain.ts';
import type { TracedRule } from '../../../domain/decision-trace.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { AnswerView } from './answer-view.ts';
import { EventRefused } from './event-transform.ts';
import { watchEvents } from './watch-events.ts';

/**
 * One request's way through the chains of the endpoints it meets: that of the public one, then of those it was forwarded to.
 * Answers go back through them.
 */
export class PolicyPassage {
  readonly #asked: ChainRequest[] = [];
  readonly #method: string;
  readonly #limits: Pick<HttpLimits, 'maxEventChars'>;

  constructor(method: string, limits: Pick<HttpLimits, 'maxEventChars'>) {
    this.#method = method;
    this.#limits = limits;
  }

  enter(asked: ChainRequest): Answered {
    this.#asked.push(asked);
    return asked.decide();
  }

  /** True: answers have to pass `shape`. */
  get decidesAnswers(): boolean {
    return this.#asked.some(({ decidesAnswers }) => decidesAnswers);
  }

  /** Header lines for the upstream that only we write. */
  get identity(): string[] {
    return this.#asked.flatMap(({ identity }) => identity);
  }

  /** Answers null when the answer, as it is in `view` afterwards, may go to the visitor. Else that holds nothing any more. */
  async shape(view: AnswerView): Promise<Denial | Close | null> {
    let refusal: Denial | Close | null | undefined;
    try {
      refusal = await this.#ask(view);
      return refusal;
    } finally {
      if (refusal !== null) view.destroy();
    }
  }

  async #ask(view: AnswerView): Promise<Denial | Close | null> {
    for (const asked of this.#asked.toReversed()) {
      const decision = await asked.answer(view);
      if (decision.outcome === 'respond') view.replaceBy(decision, this.#method);
      else if (decision.outcome === 'deny' || decision.outcome === 'close') return decision;
      else if (decision.outcome === 'reroute') return { outcome: 'deny', reason: decision.reason, code: 9004 };
      const refusal = watchEvents(view, asked, this.#limits.maxEventChars);
      if (refusal) return refusal;
    }
    return await transformContent(view);
  }

  trace(): TracedRule[] {
    return this.#asked.flatMap((asked) => asked.trace());
  }

  get logged(): Readonly<Record<string, string>>[] {
    return this.#asked.flatMap(({ logged }) => logged);
  }

  over(outcome: Outcome): void {
    for (const asked of this.#asked) asked.over(outcome);
  }
}

/** Content that is here already, that of a policy's answer, need not wait to be sent. */
async function transformContent(view: AnswerView): Promise<Denial | Close | null> {
  try {
    await view.transformContent();
    return null;
  } catch (error) {
    if (error instanceof EventRefused) return error.refusal;
    throw error;
  }
}
