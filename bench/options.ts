// What the command line and the environment of `npm run bench` mean. Nothing else here reads the environment.
import { parseArgs } from 'node:util';
import type { Load } from './job.ts';

export interface Options {
  /** Not the loads, but memory over time. */
  readonly memory: boolean;
  /** Not the loads, but what an agent costs the person who runs it. */
  readonly agent: boolean;
  /** Not the loads, but how agents come back after a restart. */
  readonly comeback: boolean;
  /** Not the loads, but the API and its store with much in them. */
  readonly control: boolean;
  /** Not the loads, but what policies cost. */
  readonly policy: boolean;
  readonly rounds: number;
  readonly all: boolean;
  /** Names of loads, or parts of them; without any the choice is `all`'s. */
  readonly only: readonly string[];
  /** Parts of setup names; none: every setup. */
  readonly setups: readonly string[];
  /** Of `--memory`, `--comeback`, `--control` and `--policy`: their sizes are multiplied by this. */
  readonly scale: number;
  readonly list: boolean;
  readonly profileDir: string | undefined;
  /** Another checkout whose Adit takes part under the name `adit base`. */
  readonly baseCheckout: string | undefined;
}

export const usage = `npm run bench -- [options]
  --all               every load, not only the short choice
  --only <part>       loads whose name is or has this part; may be given several times
  --setups <part>     setups whose name has this part; may be given several times
  --memory            memory over time instead of the loads (with --only <part>, --scale <factor>)
  --agent             start, idle memory and inspector of the agent instead of the loads (with --only start|inspector)
  --comeback          agents coming back after a restart of the server (with --scale <factor>)
  --control           the API and its store with much in them (with --only sqlite|postgresql, --scale <factor>)
  --policy            what policies cost, decisions and changes (with --scale <factor>)
  --list              names of all loads
environment: BENCH_ROUNDS (3), BENCH_PROFILE (directory for .cpuprofile files), BENCH_BASE (another checkout to compare)`;

/** @throws {TypeError} an option that does not exist, or a number that is none */
export function readOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      all: { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      agent: { type: 'boolean', default: false },
      comeback: { type: 'boolean', default: false },
      control: { type: 'boolean', default: false },
      policy: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      setups: { type: 'string', multiple: true, default: [] },
      scale: { type: 'string', default: '1' },
    },
  });
  return {
    ...values,
    scale: positive('--scale', values.scale),
    rounds: Math.ceil(positive('BENCH_ROUNDS', env['BENCH_ROUNDS'] ?? '3')),
    profileDir: env['BENCH_PROFILE'] || undefined,
    baseCheckout: env['BENCH_BASE'] || undefined,
  };
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new TypeError(`${name} must be a number over 0, and is "${text}"`);
  return number;
}

/** The loads that are wanted. */
export function chooseLoads(loads: readonly Load[], { all, only }: Pick<Options, 'all' | 'only'>): Load[] {
  if (only.length > 0) return only.flatMap((part) => loadsNamed(loads, part));
  return loads.filter(({ isShort }) => all || isShort);
}

function loadsNamed(loads: readonly Load[], part: string): Load[] {
  const exact = loads.filter(({ name }) => name === part);
  return exact.length > 0 ? exact : loads.filter(({ name }) => isNamed(name, [part]));
}

/** Whether a name has one of the parts, whatever the case; everything does when there are none. */
export function isNamed(name: string, parts: readonly string[]): boolean {
  return parts.length === 0 || parts.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}
