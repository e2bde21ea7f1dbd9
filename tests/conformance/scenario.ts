// Conformance scenarios: one file each, what goes in and what must come out, on both sides of the edge. Here is how they
// are written and read; run-scenario.ts plays them.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Part, parsePattern } from './pattern.ts';

/** What takes part in a scenario. `app` and `other` are streams to the two endpoints, in the order they were opened. */
export interface Actor {
  readonly kind: 'visitor' | 'app' | 'other' | 'clock';
  /** From 1. */
  readonly number: number;
}

const verbs = [
  'sends',
  'sends bytewise',
  'sends frames',
  'receives',
  'receives at most',
  'receives nothing',
  'ends',
  'resets',
  'is ended',
  'is cut',
  'is closed',
  'advances',
] as const;
export type Verb = (typeof verbs)[number];

export interface Step {
  readonly actor: Actor;
  readonly verb: Verb;
  /** Milliseconds, for the clock. */
  readonly amount: number;
  readonly content: readonly Part[];
  /** As written, for frames. */
  readonly lines: readonly string[];
  /** Where it stands in its file. */
  readonly line: number;
}

/** A way to play a scenario: on our own HTTP/1 code, on node:http's, or with the visitor on HTTP/2. */
export type Way = 'lean' | 'node:http' | 'h2';
export const ways: readonly Way[] = ['lean', 'node:http', 'h2'];

export interface Scenario {
  /** File name without its ending, with its folder. */
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly ways: ReadonlySet<Way>;
  /** Why not every way is taken, by way. */
  readonly reasons: ReadonlyMap<Way, string>;
  /** Set if node:http must not pass: why. */
  readonly referenceDiffers: string | null;
  readonly limits: Readonly<Record<string, number>>;
  /** Addresses of trusted proxies. The visitor is 203.0.113.9. */
  readonly trusts: readonly string[];
  /** Upstreams get a `Forwarded` line. */
  readonly sendsForwarded: boolean;
  readonly steps: readonly Step[];
}

const fields = ['source', 'h2', 'node:http', 'only', 'limits', 'trusts', 'forwarded'];

/**
 * A file is a title, fields (`name: value`), and steps. A step is `actor [number] verb` at the start of a line; what
 * belongs to it is indented by two spaces (see `parsePattern`). Lines that begin with `#` are comments.
 *
 * Fields: `source` (required), `h2: same` or `h2: no, <why>` (required, unless `only: h2`), `node:http: differs, <why>`,
 * `limits: name=number …`, `trusts: address …`, `forwarded: yes`.
 *
 * @throws {SyntaxError} With the line at fault.
 */
export function parseScenario(name: string, text: string): Scenario {
  const lines = text.split('\n').map((line, i) => ({ line, number: i + 1 }));
  const told = lines.filter(({ line }) => !line.startsWith('#') && line !== '');
  const title = told.shift()?.line ?? '';
  const header = new Map<string, string>();
  while (told[0] !== undefined && /^[a-z0-9:]+: /.test(told[0].line)) {
    const { line, number } = told.shift() ?? { line: '', number: 0 };
    const [, field = '', value = ''] = /^([a-z0-9:]+): (.*)$/.exec(line) ?? [];
    if (!fields.includes(field)) throw new SyntaxError(`${name}:${number}: there is no field "${field}"`);
    header.set(field, value);
  }
  const source = header.get('source');
  if (title === '' || source === undefined) throw new SyntaxError(`${name}: a scenario has a title and a source`);
  const differs = header.get('node:http')?.replace(/^differs, /, '') ?? null;
  const limits = Object.fromEntries(
    (header.get('limits')?.split(' ') ?? []).map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])]),
  ) as Record<string, number>;
  return {
    ...{ name, title, source, ...waysOf(name, header), referenceDiffers: differs, limits },
    trusts: header.get('trusts')?.split(' ') ?? [],
    sendsForwarded: header.get('forwarded') === 'yes',
    steps: parseSteps(name, told),
  };
}

function waysOf(name: string, header: ReadonlyMap<string, string>): Pick<Scenario, 'ways' | 'reasons'> {
  if (header.get('only') === 'h2') {
    const why = 'HTTP/2 only';
    return {
      ways: new Set(['h2']),
      reasons: new Map([
        ['lean', why],
        ['node:http', why],
      ]),
    };
  }
  const h2 = header.get('h2') ?? '';
  if (h2 === 'same') return { ways: new Set(ways), reasons: new Map() };
  if (!h2.startsWith('no, ')) throw new SyntaxError(`${name}: say "h2: same" or "h2: no, <why>"`);
  return { ways: new Set(['lean', 'node:http']), reasons: new Map([['h2', h2.slice('no, '.length)]]) };
}

interface NumberedLine {
  readonly line: string;
  readonly number: number;
}

function parseSteps(name: string, lines: readonly NumberedLine[]): Step[] {
  const steps: (Step & { lines: string[] })[] = [];
  for (const { line, number } of lines) {
    if (!line.startsWith('  ')) steps.push({ ...parseStep(name, line, number), lines: [] });
    else if (steps.length === 0) throw new SyntaxError(`${name}:${number}: these bytes belong to no step`);
    else steps.at(-1)?.lines.push(line.slice(2));
  }
  return steps.map((step) => {
    try {
      return { ...step, content: step.verb === 'sends frames' ? [] : parsePattern(step.lines) };
    } catch (error) {
      throw new SyntaxError(`${name}:${step.line}: ${(error as Error).message}`, { cause: error });
    }
  });
}

function parseStep(name: string, text: string, line: number): Step {
  const [, kind, number = '1', words = ''] = /^(visitor|app|other|clock)(?: (\d+))? (.+)$/.exec(text) ?? [];
  const [, amount] = /^advances (\d+)$/.exec(words) ?? [];
  const verb = amount === undefined ? words : 'advances';
  if (kind === undefined || !(verbs as readonly string[]).includes(verb))
    throw new SyntaxError(`${name}:${line}: there is no step "${text}"`);
  const actor = { kind: kind as Actor['kind'], number: Number(number) };
  return { actor, verb: verb as Verb, amount: Number(amount ?? 0), content: [], lines: [], line };
}

/** All scenarios of a folder beside this file. */
export function loadScenarios(folder: 'requests' | 'answers'): Scenario[] {
  const directory = new URL(`${folder}/`, import.meta.url);
  const files = readdirSync(directory).filter((file) => file.endsWith('.http'));
  return files.sort().map((file) => {
    return parseScenario(`${folder}/${basename(file, '.http')}`, readFileSync(new URL(file, directory), 'utf8'));
  });
}
