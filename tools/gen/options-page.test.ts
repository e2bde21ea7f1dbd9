import { type Command, httpCommand } from '@adit/agent';
import { serverOptionsSchema } from '@adit/server';
import { expect, test } from 'vitest';
import { commandSection, optionsPage } from './options-page.ts';

const command: Command = {
  name: 'dig',
  summary: 'Dig a level way in',
  arguments: [{ name: 'where', description: 'The place', isRequired: true }],
  options: [
    { name: 'depth', value: '<m>', description: 'Metres. Default: 1' },
    { name: 'tool', value: '<tool>', description: 'Default: pick', choices: ['pick', 'drill'] },
    { name: 'quiet', value: null, description: 'No noise' },
  ],
  run: async () => 0,
};

test('commandSection() shows the use, each argument and each option of a command', () => {
  const [heading, use, table] = commandSection(command);
  expect([heading, use]).toEqual(['## adit dig', 'Dig a level way in: `adit dig <where>`.']);
  expect(table?.split('\n').slice(2)).toEqual([
    '| `<where>` | The place |',
    '| `--depth <m>` | Metres. Default: 1 |',
    '| `--tool <tool>` | pick or drill. Default: pick |',
    '| `--quiet` | No noise |',
  ]);
});

test('optionsPage() has every option of the server and of "adit http", each with a meaning', () => {
  const names = [...Object.keys(serverOptionsSchema.shape), ...httpCommand.options.map(({ name }) => name)];
  const page = optionsPage();
  for (const name of names) expect(page).toMatch(new RegExp(`^\\| \`--${name}( <[^|]+>)?\` \\| \\S.*\\|$`, 'm'));
});

test('optionsPage() says of every server option but the one switch what value it takes', () => {
  expect([...optionsPage().matchAll(/^\| `--([a-z-]+)` \|/gm)].map((match) => match[1])).toEqual([
    'forwarded-header',
    'ready-json',
  ]);
});

test('optionsPage() has the keys of the agent configuration file', () => {
  expect(optionsPage()).toMatch(/^\| `connect_url` \| host:port of the server/m);
});
