import { AditError, toAditError } from '@adit/contracts';
import type { AgentPlan, ReadPlan } from './agent-plan.ts';

export interface RestartRequestOptions {
  readonly readPlan: ReadPlan;
  /** There is nothing to restart with. */
  onRefused(error: AditError): void;
}

/** An operator's wish that the agent start again, and the plan that was read for it before the operator was told "yes". */
export class RestartRequest {
  readonly #options: RestartRequestOptions;
  #plan: AgentPlan | undefined;
  #isOver = false;
  #asked = Promise.withResolvers<AgentPlan>();

  constructor(options: RestartRequestOptions) {
    this.#options = options;
  }

  /** Resolves with the plan of the next restart. */
  get asked(): Promise<AgentPlan> {
    return this.#asked.promise;
  }

  /** @throws {AditError} Why there will be no restart. */
  readonly check = async (): Promise<void> => {
    if (this.#isOver) throw new AditError(9406, 'Cannot restart: a newer session of this agent has taken over');
    try {
      this.#plan = await this.#options.readPlan();
    } catch (cause) {
      this.#options.onRefused(toAditError(cause));
      throw cause;
    }
  };

  readonly accept = (): void => {
    if (this.#plan) this.#asked.resolve(this.#plan);
  };

  /** The last one could not be carried out; another may come. */
  renew(): void {
    this.#asked = Promise.withResolvers();
  }

  /** From now on each is refused. */
  end(): void {
    this.#isOver = true;
  }
}
