import type { Command, CommandOption } from '@adit/agent';
import { toAditError } from '@adit/contracts';
import {
  loadServerOptions,
  type RunningServer,
  type ServerOptions,
  serverOptionsSchema,
  startServer,
} from '@adit/server';
import { printError } from '../print-error.ts';
import { untilInterrupted } from '../until-interrupted.ts';

/** The server's options are described once, in its schema; an option without a placeholder is a switch. */
const options: CommandOption[] = Object.entries(serverOptionsSchema.shape).map(([name, schema]) => ({
  name,
  value: schema.meta()?.placeholder ?? null,
  description: schema.description ?? '',
  ...(schema.meta()?.isRepeatable && { isRepeatable: true }),
}));

export const serverCommand: Command = {
  name: 'server',
  summary: 'Run the server that agents and visitors connect to',
  arguments: [],
  options: [
    { name: 'config', value: '<file>', description: 'YAML file with options of the same names; those given here win' },
    ...options,
  ],
  run: async (parsed, io) => {
    const { config, ...flags } = parsed.options;
    try {
      const chosen = await loadServerOptions(flags, config === undefined ? undefined : String(config));
      const server = await startServer(chosen);
      io.stdout.write(chosen['ready-json'] ? `${JSON.stringify(server.ready)}\n` : greeting(server, chosen));
      await Promise.race([untilInterrupted(io), server.handedOver]);
      await server.stop();
      return 0;
    } catch (error) {
      return await printError(toAditError(error), io);
    }
  },
};

function greeting({ ready }: RunningServer, options: ServerOptions): string {
  const where = options['acme-email'] ? '  (on this machine only: public names get certificates of their own)' : '';
  const lines = [
    `Visitors   https://${ready.https.host}:${ready.https.port}  (plain HTTP on ${ready.http.port})`,
    `Agents     ${ready.connect}`,
    `API        ${ready.api}`,
    `Operator   ${ready.operator}/metrics`,
    ...(ready.caFile ? [`Trust      ${ready.caFile}${where}`] : []),
    ...(ready.firstRun
      ? ['', 'Shown only now:', `API key    ${ready.firstRun.apiKey}`, `Authtoken  ${ready.firstRun.authtoken}`]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
