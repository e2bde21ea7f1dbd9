import {
  type ConnectFacts,
  type Decision,
  type Denial,
  type Policy,
  proceed,
  type RequestFacts,
} from '@adit/policy-kit';
import type { Chain } from '../../domain/chain.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { type ChainLimits, defaultChainLimits } from './chain-limits.ts';

/** One prepared policy and the name of its module. */
export interface Step {
  readonly name: string;
  readonly policy: Policy;
}

export interface ChainOptions {
  readonly clock: Clock;
  /** Told why a policy failed, which visitors are not. */
  readonly log: Pick<Log, 'error'>;
  readonly limits?: ChainLimits;
}

type Facet = 'connect' | 'request';
type Ask = (policy: Policy) => unknown;

const policyFailed: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/policy-failed', code: 9004 });
const timedOut: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/timeout', code: 9004 });

/**
 * A chain with policies. Each facet asks its policies in order; the first denial wins. As long as policies answer at
 * once, so does the chain: no promise, no timer. Whatever goes wrong inside a policy is a denial with code 9004.
 */
export class PolicyChain implements Chain {
  readonly isEmpty = false;
  readonly #steps: readonly Step[];
  readonly #withFacet: Readonly<Record<Facet, readonly Step[]>>;
  readonly #options: ChainOptions;
  readonly #limits: ChainLimits;
  #isClosed = false;

  constructor(steps: readonly Step[], options: ChainOptions) {
    this.#steps = steps;
    this.#withFacet = {
      connect: steps.filter(({ policy }) => policy.connect),
      request: steps.filter(({ policy }) => policy.request),
    };
    this.#options = options;
    this.#limits = options.limits ?? defaultChainLimits;
  }

  connect(facts: ConnectFacts): Decision | Promise<Decision> {
    return this.#walk(this.#withFacet.connect, (policy) => policy.connect?.(facts));
  }

  request(facts: RequestFacts): Decision | Promise<Decision> {
    return this.#walk(this.#withFacet.request, (policy) => policy.request?.(facts));
  }

  /** Policies without the facet let the stream go on. Must answer at once: a promise here counts as a failure. */
  recheck(facts: ConnectFacts): Decision {
    for (const step of this.#steps) {
      if (!step.policy.recheck) continue;
      const decision = this.#ask(step, (policy) => policy.recheck?.(facts));
      if (decision instanceof Promise) return this.#failed(step, new TypeError('recheck() answered with a promise'));
      if (decision.outcome !== 'continue') return decision;
    }
    return proceed;
  }

  /** Closes every policy once, also when one of them throws. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { name, policy } of this.#steps) {
      try {
        policy.close?.();
      } catch (error) {
        this.#options.log.error({ policy: name, err: error }, 'A policy could not be closed');
      }
    }
  }

  #walk(steps: readonly Step[], ask: Ask): Decision | Promise<Decision> {
    for (let i = 0; i < steps.length; i++) {
      const decision = this.#ask(steps[i] as Step, ask);
      if (decision instanceof Promise) return this.#withTimeout(decision, steps.slice(i), ask);
      if (decision.outcome !== 'continue') return decision;
    }
    return proceed;
  }

  /** The rest of a walk, once a policy needs time. `first` is the answer of `steps[0]`; it never rejects. */
  #withTimeout(first: Promise<Decision>, steps: readonly Step[], ask: Ask): Promise<Decision> {
    return new Promise((resolve) => {
      const walk = { isOver: false, asked: steps[0]?.name };
      const finish = (decision: Decision): void => {
        walk.isOver = true;
        cancel();
        resolve(decision);
      };
      const cancel = this.#options.clock.after(this.#limits.decisionTimeoutMs, () => {
        this.#options.log.error({ policy: walk.asked }, 'A policy did not decide in time');
        finish(timedOut);
      });
      void this.#walkSlowly(first, steps, { walk, ask }).then((decision) => {
        if (!walk.isOver) finish(decision);
      });
    });
  }

  async #walkSlowly(
    first: Promise<Decision>,
    steps: readonly Step[],
    { walk, ask }: { walk: { readonly isOver: boolean; asked: string | undefined }; ask: Ask },
  ): Promise<Decision> {
    let decision = await first;
    for (const step of steps.slice(1)) {
      // After a time-out the visitor has been refused: later policies must not be asked, for they may count something.
      if (decision.outcome !== 'continue' || walk.isOver) break;
      walk.asked = step.name;
      decision = await this.#ask(step, ask);
    }
    return decision;
  }

  /** One policy's answer, checked. Neither throws nor rejects. */
  #ask(step: Step, ask: Ask): Decision | Promise<Decision> {
    try {
      const answer = ask(step.policy);
      return isThenable(answer) ? this.#settle(step, answer) : checked(answer);
    } catch (error) {
      return this.#failed(step, error);
    }
  }

  async #settle(step: Step, answer: PromiseLike<unknown>): Promise<Decision> {
    try {
      return checked(await answer);
    } catch (error) {
      return this.#failed(step, error);
    }
  }

  #failed(step: Step, error: unknown): Denial {
    this.#options.log.error({ policy: step.name, err: error }, 'A policy could not be evaluated');
    return policyFailed;
  }
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}

/** The answer as a decision. @throws {TypeError} when it is none: types do not bind a module that is plain JavaScript. */
function checked(answer: unknown): Decision {
  if (typeof answer === 'object' && answer !== null && 'outcome' in answer) {
    if (answer.outcome === 'continue') return proceed;
    if (answer.outcome === 'deny' && isDenial(answer)) return answer;
  }
  throw new TypeError('The policy did not answer with a decision');
}

const denialCodes: ReadonlySet<unknown> = new Set<Denial['code']>([3205, 9004, 9007]);

function isDenial(answer: object): answer is Denial {
  return 'reason' in answer && typeof answer.reason === 'string' && 'code' in answer && denialCodes.has(answer.code);
}
