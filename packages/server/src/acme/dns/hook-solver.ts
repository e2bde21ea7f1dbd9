import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { TxtResolver } from '../../domain/txt-resolver.ts';
import type { DnsRecord, DnsSolver } from './dns-solver.ts';
import { type DnsSolverLimits, defaultDnsSolverLimits } from './dns-solver-limits.ts';
import { runHook } from './run-hook.ts';
import { waitUntilVisible } from './wait-until-visible.ts';

interface HookSolverDeps {
  /** An executable file. */
  readonly file: string;
  /** What the hook is given of our environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Asked whether the record can be seen. */
  readonly resolveTexts: TxtResolver;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<DnsSolverLimits>;
}

/**
 * Has a program of the operator publish the records: `<file> present|remove <name>`. The text of the record is in the variable
 * ADIT_DNS_VALUE, and there only: what stands in arguments is shown to every user of the machine.
 */
export class HookSolver implements DnsSolver {
  readonly #deps: HookSolverDeps;
  readonly #limits: DnsSolverLimits;
  /** Hooks run one after the other: most read a zone, change it, and write it back. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: HookSolverDeps) {
    this.#deps = deps;
    this.#limits = { ...defaultDnsSolverLimits, ...deps.limits };
  }

  async present(record: DnsRecord): Promise<void> {
    await this.#run('present', record);
    const resolver = { who: 'the resolver', look: this.#deps.resolveTexts, isOptional: false };
    await waitUntilVisible(record, [resolver], { clock: this.#deps.clock, limits: this.#limits });
  }

  remove(record: DnsRecord): Promise<void> {
    return this.#run('remove', record);
  }

  async #run(verb: 'present' | 'remove', record: DnsRecord): Promise<void> {
    const { file, clock, log } = this.#deps;
    const env = { ...this.#deps.env, ADIT_DNS_NAME: record.name, ADIT_DNS_VALUE: record.value };
    const options = { ...this.#limits, args: [verb, record.name], env, clock };
    const ended = this.#turn.then(() => runHook(file, options));
    this.#turn = ended;
    const { failure, output } = await ended;
    if (failure === undefined) return;
    log.error({ file, verb, name: record.name, output }, 'The DNS hook failed');
    throw new AditError(9273, `Cannot ${verb} the TXT record "${record.name}" with the hook "${file}": it ${failure}`);
  }
}
