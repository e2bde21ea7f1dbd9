import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyModules } from '@adit/policies';
import type { PolicyModule, ResultShape } from '@adit/policy-kit';
import { z } from 'zod';
import { actionsNotHere } from '../../packages/server/src/policy/compile/actions-not-here.ts';
import { demoteHeadings, markdownPage, markdownTable } from './markdown.ts';
import { repositoryRoot } from './source-files.ts';

/** docs/reference/policies.md: the README of each module and the fields of its schema, in the order of the registry. */
export function policiesPage(): string {
  return markdownPage('Policies', [
    'From `packages/policies/src`. Policies run in the order in which they are written; the first refusal wins. A policy ' +
      'that fails, or does not decide in time, refuses.',
    ...policyModules.flatMap((module) => [readme(module), placeOf(module), '### Fields', fieldsTable(module)]),
    '## Not there',
    'Whoever writes one of these is told so when the policy is saved.',
    markdownTable(
      ['action', 'why'],
      Object.entries(actionsNotHere).map(([name, why]) => [`\`${name}\``, why]),
    ),
  ]);
}

/** Where it may be written, and what it leaves. */
function placeOf({ name, phases, protocols, results }: PolicyModule): string {
  const where = `Phases: ${phases.map((phase) => `\`${phase}\``).join(', ')}.`;
  const what = protocols ? ` Endpoints: ${protocols.join(', ')}.` : '';
  const prefix = `actions.adit.${name.replaceAll('-', '_')}`;
  const left = results ? ` Results: ${resultNames(results, prefix).join(', ')}.` : '';
  return where + what + left;
}

function resultNames(shape: ResultShape, prefix: string): string[] {
  return Object.entries(shape).flatMap(([name, type]) =>
    typeof type === 'string' ? [`\`${prefix}.${name}\` (${type})`] : resultNames(type, `${prefix}.${name}`),
  );
}

function readme(module: PolicyModule): string {
  return demoteHeadings(readFileSync(join(repositoryRoot, 'packages/policies/src', module.name, 'README.md'), 'utf8'));
}

interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: FieldSchema;
  readonly default?: unknown;
  readonly description?: string;
}

/** The fields of a module's configuration. */
export function fieldsTable(module: Pick<PolicyModule, 'schema'>): string {
  const { properties, required } = z.toJSONSchema(module.schema, { io: 'input' });
  const rows = Object.entries(properties ?? {}).map(([name, property]) => {
    const field = property as FieldSchema;
    const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    return [`\`${name}\``, typeName(field), required?.includes(name) ? 'required' : fallback, field.description ?? ''];
  });
  return markdownTable(['field', 'type', 'default', 'meaning'], rows);
}

function typeName({ type, enum: choices, items }: FieldSchema): string {
  if (choices) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(', ');
  return type === 'array' ? `list of ${typeName(items ?? {})}` : (type ?? 'any');
}
