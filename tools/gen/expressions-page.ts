import { phases } from '@adit/policy-kit';
import {
  describeLanguage,
  type FunctionDescription,
  type VariableDescription,
} from '../../packages/server/src/policy/expressions/describe-language.ts';
import { markdownPage, markdownTable } from './markdown.ts';

/** docs/reference/expressions.md: everything that an expression can name, from the tables that the engine is made of. */
export function expressionsPage(): string {
  const { variables, functions } = describeLanguage();
  const known = variables.filter((one) => one.phases.length > 0);
  const unknown = variables.filter((one) => one.phases.length === 0);
  return markdownPage('Expressions', [
    'From `packages/server/src/policy/expressions`. Rules of traffic policies have conditions, and their actions texts with ' +
      '`${…}`, in [CEL](https://github.com/google/cel-spec). Names, types and patterns are checked when a policy is saved; what cannot be ' +
      'evaluated then refuses the visitor. `$${` in a text stands for `${` itself. Results of actions are under `actions.adit`, ' +
      'and the same under `actions.ngrok`; see [policies](policies.md).',
    '## Variables',
    markdownTable(['name', 'type', 'from', 'meaning'], known.map(variableRow)),
    '## Functions',
    markdownTable(['function', 'from', 'meaning'], functions.map(functionRow)),
    '## What this server cannot know',
    'These names are known from elsewhere. A policy that has one is refused, with the reason.',
    markdownTable(
      ['name', 'reason'],
      unknown.map(({ path, description }) => [`\`${path}\``, description]),
    ),
  ]);
}

function variableRow({ path, type, phases: of, description }: VariableDescription): string[] {
  return [`\`${path}\``, `\`${type}\``, since(of), description];
}

function functionRow({ signature, phases: of, description }: FunctionDescription): string[] {
  return [`\`${signature}\``, since(of), description];
}

/** The first phase that has it: all behind it have it, too. */
function since(of: readonly string[]): string {
  return of.length === phases.length ? '' : `\`${of[0]}\``;
}
