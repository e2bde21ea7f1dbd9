import { AditError } from '@adit/contracts';
import { type Decision, type Denial, type Policy, proceed } from '@adit/policy-kit';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { checkedDecision } from './checked-decision.ts';
import type { CompiledRule, Step } from './compiled-rule.ts';
import type { PolicyContext } from './policy-context.ts';
import { walkLimits } from './walk-limits.ts';

export interface WalkDeps {
  readonly clock: Clock;
  /** Told why a policy failed, which visitors are not. */
  readonly log: Pick<Log, 'error' | 'debug' | 'isLevelEnabled'>;
}

/** The facet of a policy that is asked; undefined: it has none, and is passed over. */
export type Ask = (policy: Policy, context: PolicyContext) => unknown;

const failed: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/policy-failed', code: 9004 });
const timedOut: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/timeout', code: 9004 });
/** The one thing of what goes wrong that the visitor can mend. */
const tooLarge: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/body-too-large', code: 9010 });
const notEvaluated: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/expression-failed', code: 9004 });

/**
 * One way through the rules of a phase: each rule whose conditions hold asks its actions in order; the first answer that is
 * not `continue` ends it. As long as policies answer at once so does the walk: no promise, no timer. Whatever goes wrong in a
 * policy or a condition is a denial.
 */
export class Walk {
  readonly #rules: readonly CompiledRule[];
  readonly #context: PolicyContext;
  readonly #ask: Ask;
  readonly #deps: WalkDeps;
  #rule = 0;
  #step = 0;

  constructor(
    rules: readonly CompiledRule[],
    { context, ask, deps }: { context: PolicyContext; ask: Ask; deps: WalkDeps },
  ) {
    this.#rules = rules;
    this.#context = context;
    this.#ask = ask;
    this.#deps = deps;
  }

  run(): Decision | Promise<Decision> {
    for (; this.#rule < this.#rules.length; this.#rule++, this.#step = 0) {
      const rule = this.#rules[this.#rule] as CompiledRule;
      if (this.#step === 0) {
        const denial = this.#begin(rule);
        if (denial === 'skip') continue;
        if (denial) return denial;
      }
      const decision = this.#askSteps(rule);
      if (decision) return decision;
    }
    return proceed;
  }

  /** Whether the rule holds; a denial when that cannot be said. */
  #begin(rule: CompiledRule): Denial | 'skip' | undefined {
    const { conditions, place } = rule;
    const { trail } = this.#context;
    for (let i = 0; i < conditions.length; i++) {
      try {
        if (conditions[i]?.evaluate(this.#context)) continue;
      } catch (err) {
        trail.push({ place, failedCondition: null, answers: [{ step: null, decision: notEvaluated }] });
        this.#context.failure = { condition: i, error: err };
        this.#deps.log.error({ rule: place, expression: i, err }, 'An expression could not be evaluated');
        return notEvaluated;
      }
      trail.push({ place, failedCondition: i, answers: [] });
      return 'skip';
    }
    trail.push({ place, failedCondition: null, answers: [] });
    return undefined;
  }

  #askSteps({ steps }: CompiledRule): Decision | Promise<Decision> | undefined {
    for (; this.#step < steps.length; this.#step++) {
      const step = steps[this.#step] as Step;
      const decision = this.#askOne(step);
      if (decision instanceof Promise) return this.#goOn(step, decision);
      this.#note(step, decision);
      if (decision.outcome !== 'continue') return decision;
    }
    return undefined;
  }

  async #goOn(step: Step, answer: Promise<Decision>): Promise<Decision> {
    const decision = await this.#inTime(step, answer);
    this.#note(step, decision);
    if (decision.outcome !== 'continue') return decision;
    this.#step++;
    // At the end of a rule the loop above goes to the next one.
    const rest = this.#askSteps(this.#rules[this.#rule] as CompiledRule);
    if (rest) return rest;
    this.#rule++;
    this.#step = 0;
    return this.run();
  }

  #note(step: Step, decision: Decision): void {
    this.#context.trail.at(-1)?.answers.push({ step, decision });
  }

  /** After it the visitor has been refused, and nobody behind it is asked: they may count something. */
  #inTime(step: Step, answer: Promise<Decision>): Promise<Decision> {
    return new Promise((resolve) => {
      const timeoutMs = step.policy.timeoutMs ?? walkLimits.decisionTimeoutMs;
      const cancel = this.#deps.clock.after(timeoutMs, () => {
        this.#deps.log.error({ policy: step.name }, 'A policy did not decide in time');
        resolve(timedOut);
      });
      void answer.then((decision) => {
        cancel();
        resolve(decision);
      });
    });
  }

  /** One policy's answer, checked. Neither throws nor rejects. */
  #askOne(step: Step): Decision | Promise<Decision> {
    this.#context.step = step;
    try {
      const answer = this.#ask(step.policy, this.#context);
      return isThenable(answer) ? this.#settle(step, answer) : checkedDecision(answer);
    } catch (error) {
      return this.#failed(step, error);
    }
  }

  async #settle(step: Step, answer: PromiseLike<unknown>): Promise<Decision> {
    try {
      return checkedDecision(await answer);
    } catch (error) {
      return this.#failed(step, error);
    }
  }

  #failed(step: Step, error: unknown): Denial {
    this.#context.failure = { condition: null, error };
    if (error instanceof AditError && error.code === 9010) return tooLarge;
    this.#deps.log.error({ policy: step.name, err: error }, 'A policy could not be evaluated');
    return failed;
  }
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}
