import type { Command } from '../command.ts';
import { sessionOptions } from '../endpoint/shared-options.ts';
import { runSafely } from '../run-safely.ts';

/** `adit start`. */
export const startCommand: Command = {
  name: 'start',
  summary: 'Bring endpoints of the configuration file online',
  arguments: [{ name: 'name', description: 'Names of endpoints', isRequired: false, isVariadic: true }],
  options: [
    { name: 'all', value: null, description: 'Every endpoint of the configuration' },
    { name: 'none', value: null, description: 'Connect with none; the local API can add some later' },
    ...sessionOptions,
    { name: 'region', value: '<region>', description: '', isHidden: true },
  ],
  notes: 'Exit code: 0 after Ctrl-C, else that of the error.',
  run: (parsed, io) => runSafely(io, async () => (await import('./run-start.ts')).runStart(parsed, io)),
};
