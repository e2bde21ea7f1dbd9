import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAuthtoken, writeAgentConfig } from './agent-config.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-quickstart-'));
  file = join(dir, 'agent.yml');
});
afterEach(() => rm(dir, { recursive: true }));

it('readAuthtoken() finds what writeAgentConfig() kept, in a file for its owner only', async () => {
  await writeFile(file, 'open to all', { mode: 0o644 });
  await writeAgentConfig(file, {
    authtoken: 'adit_at_x',
    connectUrl: 'localhost:1',
    caFile: '/ca.pem',
    apiUrl: 'https://a',
  });
  expect(await readAuthtoken(file)).toBe('adit_at_x');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it.each(['', 'just text', 'agent: [', 'agent: {authtoken: 12}', 'agent:\n'])(
  'readAuthtoken() finds none in %j',
  async (text) => {
    await writeFile(file, text);
    expect(await readAuthtoken(file)).toBeUndefined();
  },
);

it('readAuthtoken() finds none where there is no file', async () => {
  expect(await readAuthtoken(file)).toBeUndefined();
});
