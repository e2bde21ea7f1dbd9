// The `adit` command: finds the command by its name, parses its words, runs it. Commands are loaded only when they are
// called, because start-up time is what people notice first. What a command does is in packages/agent and ./commands.
import type { Command } from '@adit/agent';
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
    summary: 'Give a local HTTP service a public address',
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

const [name = 'help', ...words] = process.argv.slice(2);
process.exitCode = await run(name, words);
// Nothing is left to do once a command has answered; a stray handle must not keep the process.
process.exit();

async function run(name: string, words: readonly string[]): Promise<number> {
  try {
    if (['help', '--help', '-h'].includes(name)) return printHelp();
    const command = await findEntry(name === '--version' ? 'version' : name).load();
    const { parseCommandLine } = await import('./command-line.ts');
    const parsed = parseCommandLine(command, words);
    return parsed === 'help' ? 0 : await command.run(parsed, processIo());
  } catch (error) {
    return printError(toAditError(error), process);
  }
}

function findEntry(name: string): Entry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const nearest = nearestKey(
    name,
    entries.map((candidate) => candidate.name),
  );
  throw new AditError(9500, `Unknown command "${name}"${nearest ? `: did you mean "${nearest}"?` : ''}`);
}

function processIo(): Parameters<Command['run']>[1] {
  const interrupt = new AbortController();
  const stop = (): void => {
    // The second time the user means it.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { stdout: process.stdout, stderr: process.stderr, env: process.env, interrupted: interrupt.signal };
}

function printHelp(): number {
  const lines = entries.map((entry) => `  adit ${entry.name.padEnd(12)}${entry.summary}`);
  process.stdout.write(
    `Adit gives a service on localhost a safe address.\n\n${lines.join('\n')}\n\nadit <command> --help tells more.\n`,
  );
  return 0;
}
