import { type Command, type CommandOption, httpCommand } from '@adit/agent';
import { agentConfigSchema } from '../../packages/agent/src/config/agent-config.ts';
import { quickstartCommand } from '../../packages/cli/src/commands/quickstart.ts';
import { serverCommand } from '../../packages/cli/src/commands/server.ts';
import { markdownPage, markdownTable } from './markdown.ts';

/** docs/reference/options.md: what `--help` of each command says, and the keys of the agent's configuration file. */
export function optionsPage(): string {
  return markdownPage('Options', [
    'From the commands in `packages/cli/src/commands` and `packages/agent/src/http`, and `packages/server/src/config/' +
      'server-options.ts`. In a YAML file for `adit server` the options have the same names without the dashes. ' +
      'Exit codes are in the [table of errors](errors.md).',
    ...[serverCommand, httpCommand, quickstartCommand].flatMap(commandSection),
    '## Configuration file of the agent',
    'YAML with two keys: `version: 3`, and `agent` with these below it. `ADIT_AUTHTOKEN` and options win over them.',
    agentKeys(),
  ]);
}

/** Heading, summary, arguments if there are any, options. */
export function commandSection(command: Command): string[] {
  const words = command.arguments.map(({ name, isRequired }) => (isRequired ? `<${name}>` : `[${name}]`));
  const rows = command.arguments.map(({ description }, i) => [`\`${words[i]}\``, description]);
  return [
    `## adit ${command.name}`,
    `${command.summary}: \`${['adit', command.name, ...words].join(' ')}\`.`,
    markdownTable(['option', 'meaning'], [...rows, ...command.options.map(optionRow)]),
  ];
}

function optionRow({ name, value, description, choices }: CommandOption): string[] {
  const values = choices ? `${choices.join(' or ')}. ` : '';
  return [`\`--${name}${value === null ? '' : ` ${value}`}\``, `${values}${description}`];
}

function agentKeys(): string {
  const { shape } = agentConfigSchema.shape.agent;
  const rows = Object.entries(shape).map(([key, schema]) => [`\`${key}\``, schema.description ?? '']);
  return markdownTable(['key', 'meaning'], rows);
}
