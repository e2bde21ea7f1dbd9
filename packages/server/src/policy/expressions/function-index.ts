import { nearestKey } from '@adit/contracts';
import { type Phase, phases } from '@adit/policy-kit';
import { ExpressionProblem, type Place } from './expression-problem.ts';
import { readSignature } from './function-table.ts';
import { type FunctionRow, namespaces } from './functions/function-row.ts';
import type { MacroRow } from './macros.ts';

/** What is known of all functions of one name. */
export interface KnownFunction {
  readonly argumentCounts: ReadonlySet<number>;
  readonly replaces: ReadonlySet<number>;
  readonly since: Phase;
  /** Of the first form that is declared; undefined: it depends on the arguments. */
  readonly returnType: string | undefined;
}

/** `''` for functions that are called alone, `'.'` for methods, else a namespace. */
type Group = string;

/** The names of functions and macros, by how they are called. */
export class FunctionIndex {
  readonly #groups = new Map<Group, Map<string, KnownFunction>>();
  readonly #macros: ReadonlyMap<string, ReadonlySet<number>>;

  constructor(rows: readonly FunctionRow[], macros: readonly MacroRow[]) {
    const names: ReadonlySet<string> = new Set(namespaces);
    for (const row of rows) this.#add(row, readSignature(row.signature, names));
    const counts = new Map<string, Set<number>>();
    for (const { name, argumentCount } of macros) {
      counts.set(name, (counts.get(name) ?? new Set()).add(argumentCount));
    }
    this.#macros = counts;
  }

  isMacro(name: string, argumentCount: number): boolean {
    return this.#macros.get(name)?.has(argumentCount) === true;
  }

  /** @throws {ExpressionProblem} There is none of that name, in this phase, or with so many arguments. */
  find(call: { group: Group; name: string; argumentCount: number }, phase: Phase, place: Place): KnownFunction {
    const { group, name, argumentCount } = call;
    const shown = written(group, name);
    const known = this.#groups.get(group)?.get(name);
    if (!known) throw this.#unknown(call, place);
    if (phases.indexOf(phase) < phases.indexOf(known.since)) throw tooEarly(shown, known.since, { phase, place });
    if (known.argumentCounts.has(argumentCount)) return known;
    throw wrongCount(shown, { counts: known.argumentCounts, argumentCount, place });
  }

  #add(row: FunctionRow, { group, name, argumentCount, returnType }: ReturnType<typeof readSignature>): void {
    const functions = this.#groups.get(group) ?? new Map<string, KnownFunction>();
    this.#groups.set(group, functions);
    const before = functions.get(name);
    const replaces = new Set(before?.replaces);
    if (row.replaces === true) replaces.add(argumentCount);
    functions.set(name, {
      argumentCounts: new Set([...(before?.argumentCounts ?? []), argumentCount]),
      replaces,
      since: row.since ?? 'on_tcp_connect',
      returnType: /\b[A-Z]\b/.test(returnType) ? undefined : (before?.returnType ?? returnType),
    });
  }

  #unknown({ group, name, argumentCount }: Parameters<FunctionIndex['find']>[0], place: Place): ExpressionProblem {
    const macro = group === '.' ? this.#macros.get(name) : undefined;
    if (macro) {
      return wrongCount(written(group, name), { counts: macro, argumentCount, place });
    }
    const others = [...(this.#groups.get(group)?.keys() ?? []), ...(group === '.' ? this.#macros.keys() : [])];
    const near = nearestKey(name, others);
    const elsewhere = [...this.#groups].find(([, functions]) => functions.has(name))?.[0];
    const hint =
      near !== undefined
        ? `did you mean "${written(group, near)}"?`
        : elsewhere !== undefined && elsewhere !== group
          ? `there is "${written(elsewhere, name)}"`
          : undefined;
    return new ExpressionProblem(`there is no function "${written(group, name)}"`, place, hint);
  }
}

function wrongCount(
  shown: string,
  { counts, argumentCount, place }: { counts: ReadonlySet<number>; argumentCount: number; place: Place },
): ExpressionProblem {
  const allowed = [...counts].sort((a, b) => a - b).join(' or ');
  const noun = allowed === '1' ? 'argument' : 'arguments';
  return new ExpressionProblem(`"${shown}" takes ${allowed} ${noun}, not ${argumentCount}`, place);
}

function written(group: Group, name: string): string {
  const short = name.slice(0, 64);
  if (group === '') return `${short}()`;
  return group === '.' ? `.${short}()` : `${group}.${short}()`;
}

/** Something that a later phase has. */
export function tooEarly(
  name: string,
  since: Phase,
  { phase, place }: { phase: Phase; place: Place },
): ExpressionProblem {
  return new ExpressionProblem(`"${name}" is known from ${since} on, and this is evaluated in ${phase}`, place);
}
