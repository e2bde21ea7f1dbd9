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

test('optionsPage() has every option of the server and every one of "adit http" that is shown', async () => {
  const shown = httpCommand.options.filter(({ isHidden }) => !isHidden);
  const names = [...Object.keys(serverOptionsSchema.shape), ...shown.map(({ name }) => name)];
  const page = await optionsPage();
  for (const name of names) expect(page).toMatch(new RegExp(`^\\| \`--${name}( <[^|]+>)?\` \\| \\S.*\\|$`, 'm'));
});

test('optionsPage() shows no option that is hidden, and each command of a group', async () => {
  const page = await optionsPage();
  const ofHttp = /^## adit http$.*?(?=^## )/ms.exec(page)?.[0] ?? '';
  const hidden = httpCommand.options.filter(({ isHidden }) => isHidden);
  expect([hidden.length > 0, ofHttp.includes('--url')]).toEqual([true, true]);
  expect(hidden.filter(({ name }) => ofHttp.includes(`--${name} `))).toEqual([]);
  expect(page).toContain('## adit config upgrade');
});

test('optionsPage() has the keys of the agent configuration file', async () => {
  expect(await optionsPage()).toMatch(/^\| `connect_url` \| host:port of the server/m);
});
