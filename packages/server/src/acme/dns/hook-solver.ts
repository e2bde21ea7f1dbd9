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
  /** What the hook is given of our environment: PATH, HOME, LANG and TZ, where they are set. */
  readonly env: NodeJS.ProcessEnv;
  /** Asked whether the record can be seen. */
  readonly resolveTexts: TxtResolver;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<DnsSolverLimits>;
}

/** Programs need these to run at all. Whatever else we have, such as ADIT_SECRETS_KEY, is nobody's business. */
const inherited: ReadonlySet<string> = new Set(['PATH', 'HOME', 'LANG', 'TZ']);

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
    const options = { ...this.#limits, args: [verb, record.name], env: this.#environment(record), clock };
    const ended = this.#turn.then(() => runHook(file, options));
    this.#turn = ended;
    const { failure, output } = await ended;
    if (failure === undefined) return;
    log.error({ file, verb, name: record.name, output }, 'The DNS hook failed');
    throw new AditError(9273, `Cannot ${verb} the TXT record "${record.name}" with the hook "${file}": it ${failure}`);
  }

  #environment({ name, value }: DnsRecord): Record<string, string> {
    const own = Object.entries(this.#deps.env).filter(([variable]) => inherited.has(variable));
    return { ...(Object.fromEntries(own) as Record<string, string>), ADIT_DNS_NAME: name, ADIT_DNS_VALUE: value };
  }
}
