import type { Command, CommandIo, ParsedCommand } from '@adit/agent';
import { AditError, toAditError } from '@adit/contracts';
import { printError } from '../print-error.ts';
import { startQuickstart } from '../quickstart/quickstart.ts';

export const quickstartCommand: Command = {
  name: 'quickstart',
  summary: 'Try it: server, agent and a demo service in one process',
  arguments: [
    {
      name: 'kind',
      description: '"http" to expose a service of your own; leave it out for the demo',
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
      const started = await startQuickstart(choices(parsed), io);
      await stopped(io, started.lost);
      await started.stop();
      return 0;
    } catch (error) {
      return printError(toAditError(error), io);
    }
  },
};

function choices({ arguments: [kind, upstream], options }: ParsedCommand): Parameters<typeof startQuickstart>[0] {
  if (kind !== undefined && (kind !== 'http' || upstream === undefined)) {
    throw new AditError(
      9500,
      `Cannot expose "${[kind, upstream].filter(Boolean).join(' ')}": write "http" and a port, e.g. "http 3000"`,
    );
  }
  return {
    upstream: upstream ?? null,
    url: String(options['url'] ?? (upstream === undefined ? 'demo' : 'app')),
    dataDir: String(options['data-dir'] ?? '.adit'),
  };
}

/** Until the user asks to stop, or the agent's session ended for good. */
async function stopped({ interrupted }: CommandIo, lost: Promise<never>): Promise<void> {
  const interrupt = new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    else interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([interrupt, lost]);
}
