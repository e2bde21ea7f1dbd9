import { resolve } from 'node:path';
import type { Command, ParsedCommand } from '@adit/agent';
import { AditError, toAditError } from '@adit/contracts';
import { printError } from '../print-error.ts';
import { type QuickstartChoices, startQuickstart } from '../quickstart/quickstart.ts';
import { untilInterrupted } from '../until-interrupted.ts';

export const quickstartCommand: Command = {
  name: 'quickstart',
  summary: 'Try it: server, agent and a demo service in one process',
  arguments: [
    {
      name: 'kind',
      description: '"http" for a service of your own; leave it out for the demo',
      isRequired: false,
    },
    { name: 'upstream', description: 'Port, host:port or URL of your service', isRequired: false },
  ],
  options: [
    {
      name: 'url',
      value: '<name>',
      description: 'Name of the endpoint. Default: "demo", or "app" for a service of your own',
    },
    { name: 'data-dir', value: '<dir>', description: 'Where everything is kept. Default: .adit in this folder' },
  ],
  run: async (parsed, io) => {
    try {
      const started = await startQuickstart(quickstartChoices(parsed), io);
      try {
        // Or the agent's session has ended for good.
        await Promise.race([untilInterrupted(io), started.lost]);
      } finally {
        await started.stop();
      }
      return 0;
    } catch (error) {
      return await printError(toAditError(error), io);
    }
  },
};

/** @throws {AditError} 9500: words that are neither nothing nor "http <upstream>". */
export function quickstartChoices({ arguments: [kind, upstream], options }: ParsedCommand): QuickstartChoices {
  if (kind !== undefined && (kind !== 'http' || upstream === undefined)) {
    throw new AditError(
      9500,
      `Cannot expose "${[kind, upstream].filter(Boolean).join(' ')}": write "http" and a port, e.g. "http 3000"`,
    );
  }
  return {
    upstream: upstream ?? null,
    url: String(options['url'] ?? (upstream === undefined ? 'demo' : 'app')),
    // Absolute: what is kept in it names other files in it, and is read from other folders.
    dataDir: resolve(String(options['data-dir'] ?? '.adit')),
  };
}
