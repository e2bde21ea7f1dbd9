import { type Phase, phases } from '@adit/policy-kit';
import { EvaluatedNow } from './evaluated-now.ts';
import { defaultExpressionLimits } from './expression-limits.ts';
import { type FieldRow, isUnknowable, type NameRow } from './field-row.ts';
import { Fuel } from './fuel.ts';
import { functionTable } from './function-table.ts';
import { macros, sortByMacro } from './macros.ts';
import { objectTypes, roots } from './object-types.ts';

/** A variable as people write it, e.g. `req.cookies[…][…].name`. */
export interface VariableDescription {
  readonly path: string;
  /** What it is when it is used as it stands. */
  readonly type: string;
  /** The phases that have it; empty: this server cannot know it. */
  readonly phases: readonly Phase[];
  /** For those that it cannot know, why. */
  readonly description: string;
}

export interface FunctionDescription {
  readonly signature: string;
  readonly description: string;
  readonly phases: readonly Phase[];
}

/** All variables and functions of the expression language, for reference pages and completion. Results of actions are not in it. */
export function describeLanguage(): {
  readonly variables: readonly VariableDescription[];
  readonly functions: readonly FunctionDescription[];
} {
  const variables = Object.entries(roots).flatMap(([name, row]) =>
    name === 'actions' ? [] : describe(name, row, phases),
  );
  const fuel = new Fuel(defaultExpressionLimits);
  const outside = { random: Math.random };
  const rows = [...functionTable({ fuel, now: new EvaluatedNow(), outside }), ...macros, sortByMacro(fuel)];
  const functions = rows.map((row) => ({
    signature: shown(row.signature),
    description: row.description,
    phases: from('since' in row ? row.since : undefined, phases),
  }));
  // Patterns that are written out are a form of texts that nobody writes.
  return { variables, functions: functions.filter(({ signature }) => !signature.includes('pattern)')) };
}

function describe(path: string, row: NameRow, before: readonly Phase[]): VariableDescription[] {
  if (isUnknowable(row))
    return [{ path, type: '', phases: [], description: `This server cannot know it: ${row.reason}.` }];
  const known = from(row.since, before);
  const description = row.facts ? `${row.description} Needs \`geo-database\`.` : row.description;
  const own = { path, type: row.isText === true ? 'string' : row.type, phases: known, description };
  return [own, ...fieldsOf(row).flatMap(([name, field]) => describe(`${path}${name}`, field, known))];
}

/** The fields behind a name, or behind the values of its lists. */
function fieldsOf(row: FieldRow): [string, NameRow][] {
  const [, lists = '', type = row.type] = /^((?:(?:list<|map<\w+, )+)?)([\w.]+)>*$/.exec(row.below ?? row.type) ?? [];
  const indexes = '[…]'.repeat(lists.split('<').length - 1);
  const fields = Object.entries(objectTypes[type]?.fields ?? {});
  return fields.map(([name, field]) => [`${indexes}.${name}`, field]);
}

function from(since: Phase | undefined, before: readonly Phase[]): readonly Phase[] {
  return since === undefined ? before : before.filter((phase) => phases.indexOf(phase) >= phases.indexOf(since));
}

function shown(signature: string): string {
  return signature
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration');
}
