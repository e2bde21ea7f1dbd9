import type { Command, CommandGroup, CommandIo, CommandOption, ParsedCommand } from '../command.ts';
import { runSafely } from '../run-safely.ts';
import type { ServiceRun } from './run-service.ts';

const systemOption: CommandOption = {
  name: 'system',
  value: null,
  description: 'The service of the whole machine, which needs root. Default: that of your user, unless you are root',
};

const installOptions: readonly CommandOption[] = [
  {
    name: 'config',
    value: '<file>',
    description: 'Configuration file of the service; its endpoints, server and authtoken must stand in it',
    completes: 'file',
  },
  {
    name: 'limit-nofile',
    value: '<count>',
    description: 'How many files the service may have open; a connection takes two. Default: the choice of the system',
  },
  systemOption,
];

const summaries = {
  start: 'Start the service',
  stop: 'Stop the service',
  restart: 'Restart the service, which reads its configuration again',
  status: 'Say whether the service runs',
} as const;

const notes = `Linux: systemd. macOS: launchd. Windows: the Task Scheduler. The service runs "adit start --all" with the file, which
stays where it is: no secret is copied. A service of the whole machine runs as the owner of the file. On Linux a service of
your user ends when you log out, unless you run: loginctl enable-linger`;

type Run = (run: ServiceRun) => Promise<number>;

/**
 * `adit service`.
 *
 * @param program The `adit` command as the system is to start it: programs and arguments, absolute.
 */
export function serviceCommands(program: readonly [string, ...string[]]): CommandGroup {
  const lazily = (load: () => Promise<Run>) => (parsed: ParsedCommand, io: CommandIo) =>
    runSafely(io, async () => (await load())({ parsed, io, program }));
  const actions = (['start', 'stop', 'restart', 'status'] as const).map((action): Command => {
    const run = async (): Promise<Run> => {
      const { runAction } = await import('./run-service.ts');
      return (options) => runAction(action, options);
    };
    return { ...bare(`service ${action}`, summaries[action]), options: [systemOption], run: lazily(run) };
  });
  const install: Command = {
    ...bare('service install', 'Run "adit start --all" whenever the machine runs'),
    options: installOptions,
    notes,
    run: lazily(async () => (await import('./run-service.ts')).runInstall),
  };
  const uninstall: Command = {
    ...bare('service uninstall', 'Stop the service and remove it'),
    options: [systemOption],
    run: lazily(async () => (await import('./run-service.ts')).runUninstall),
  };
  return {
    name: 'service',
    summary: 'Run the agent as a service of the system',
    commands: [install, uninstall, ...actions],
  };
}

function bare(name: string, summary: string): Pick<Command, 'name' | 'summary' | 'arguments'> {
  return { name, summary, arguments: [] };
}
