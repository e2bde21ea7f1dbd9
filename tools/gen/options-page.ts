import type { Command, CommandOption, CommandTree } from '@adit/agent';
import type { z } from 'zod';
import { agentConfigSchema } from '../../packages/agent/src/config/agent-config.ts';
import { entries } from '../../packages/cli/src/entries.ts';
import { markdownPage, markdownTable } from './markdown.ts';

/** docs/reference/options.md: what `--help` of each command says, and the keys of the agent's configuration file. */
export async function optionsPage(): Promise<string> {
  const commands = (await Promise.all(entries.map((entry) => entry.load()))).flatMap(commandsOf);
  const { agent, endpoints } = agentConfigSchema.shape;
  return markdownPage('Options', [
    'From the commands in `packages/cli/src` and `packages/agent/src`, and `packages/server/src/config/' +
      'server-options.ts`. In a YAML file for `adit server` the options have the same names without the dashes. ' +
      'Exit codes are in the [table of errors](errors.md).',
    ...commands.flatMap(commandSection),
    '## Configuration file of the agent',
    'YAML: `version: 3`, `agent` and `endpoints`. Options and the environment win over it.',
    '### agent',
    keyTable(agent.shape),
    '### endpoints',
    'A list; each with these keys:',
    keyTable(endpoints.unwrap().element.shape),
  ]);
}

/** Those of `adit api` are in the document of the API, and many. */
function commandsOf(loaded: CommandTree): readonly Command[] {
  if (!('commands' in loaded)) return [loaded];
  return loaded.commands.flatMap((inner) => ('commands' in inner ? [] : [inner]));
}

/** Heading, summary, arguments if there are any, options. */
export function commandSection(command: Command): string[] {
  const words = command.arguments.map(({ name, isRequired }) => (isRequired ? `<${name}>` : `[${name}]`));
  const rows = [
    ...command.arguments.map(({ description }, i) => [`\`${words[i]}\``, description]),
    ...command.options.filter(({ isHidden }) => !isHidden).map(optionRow),
  ];
  return [
    `## adit ${command.name}`,
    `${command.summary}: \`${['adit', command.name, ...words].join(' ')}\`.`,
    ...(rows.length > 0 ? [markdownTable(['option', 'meaning'], rows)] : []),
  ];
}

function optionRow({ name, value, description, choices }: CommandOption): string[] {
  const values = choices ? `${choices.join(' or ')}. ` : '';
  return [`\`--${name}${value === null ? '' : ` ${value}`}\``, `${values}${description}`];
}

function keyTable(shape: Readonly<Record<string, z.ZodType>>): string {
  const rows = Object.entries(shape).map(([key, schema]) => [`\`${key}\``, schema.description ?? '']);
  return markdownTable(['key', 'meaning'], rows);
}
