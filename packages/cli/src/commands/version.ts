import { readFile } from 'node:fs/promises';
import type { Command } from '@adit/agent';

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version',
  arguments: [],
  options: [],
  run: async (_parsed, io) => {
    const file = new URL('../../package.json', import.meta.url);
    const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
    io.stdout.write(`adit ${version}\n`);
    return 0;
  },
};
