// Finds the command by its name, parses its words, runs it. Commands are loaded only when they are called, because
// start-up time is what people notice first. What a command does is in packages/agent and ./commands.
import type { Command, CommandIo } from '@adit/agent';
import { AditError, nearestKey, toAditError } from '@adit/contracts';
import { printError } from './print-error.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

const entries: readonly Entry[] = [
  {
    name: 'http',
    summary: 'Give a local HTTP service a public URL',
    load: async () => (await import('@adit/agent')).httpCommand,
  },
  {
    name: 'server',
    summary: 'Run the server that agents and visitors connect to',
    load: async () => (await import('./commands/server.ts')).serverCommand,
  },
  {
    name: 'quickstart',
    summary: 'Try it: server, agent and a demo service in one process',
    load: async () => (await import('./commands/quickstart.ts')).quickstartCommand,
  },
  {
    name: 'version',
    summary: 'Print the version',
    load: async () => (await import('./commands/version.ts')).versionCommand,
  },
];

/**
 * Runs `adit <words>` to its end and answers the exit code. Never throws: errors are printed. `help <command>` is
 * `<command> --help`.
 */
export async function runAdit(words: readonly string[], io: CommandIo): Promise<number> {
  try {
    const [name = 'help', ...rest] = words;
    if (!['help', '--help', '-h'].includes(name)) return await runCommand(name, rest, io);
    const [about] = rest;
    return about === undefined ? printHelp(io) : await runCommand(about, ['--help'], io);
  } catch (error) {
    return await printError(toAditError(error), io);
  }
}

async function runCommand(name: string, words: readonly string[], io: CommandIo): Promise<number> {
  const command = await findEntry(name === '--version' ? 'version' : name).load();
  const { parseCommandLine } = await import('./command-line.ts');
  const parsed = parseCommandLine(command, words, io);
  return parsed === 'help' ? 0 : await command.run(parsed, io);
}

function findEntry(name: string): Entry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const nearest = nearestKey(
    name,
    entries.map((candidate) => candidate.name),
  );
  const hint = nearest ? `; did you mean "${nearest}"?` : '';
  throw new AditError(9500, `Cannot run "adit ${name}": there is no such command${hint}`);
}

function printHelp(io: CommandIo): number {
  const lines = entries.map((entry) => `  adit ${entry.name.padEnd(12)}${entry.summary}`);
  io.stdout.write(
    `Adit gives a service on localhost a public URL.\n\n${lines.join('\n')}\n\nadit <command> --help tells more.\n`,
  );
  return 0;
}
