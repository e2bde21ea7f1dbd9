// Finds the command by its first words, parses the rest, runs it. What a command does is in packages/agent and ./commands.
import type { Command, CommandGroup, CommandIo, CommandTree } from '@adit/agent';
import { AditError, nearestKey, toAditError } from '@adit/contracts';
import { entries } from './entries.ts';
import { printError } from './print-error.ts';

const helpWords = ['help', '--help', '-h'];

/**
 * Runs `adit <words>` to its end and answers the exit code. Never throws: errors are printed. `help <command>` is
 * `<command> --help`.
 */
export async function runAdit(words: readonly string[], io: CommandIo): Promise<number> {
  try {
    const [name = 'help', ...rest] = words;
    if (!helpWords.includes(name)) return await runCommand([name, ...rest], io);
    return rest.length === 0 ? printHelp(io) : await runCommand([...rest, '--help'], io);
  } catch (error) {
    return await printError(toAditError(error), io);
  }
}

async function runCommand([name = '', ...rest]: readonly string[], io: CommandIo): Promise<number> {
  const found = await byName(entries, name === '--version' ? 'version' : name, 'adit').load();
  return await runBelow(found, rest, io);
}

async function runBelow(found: CommandTree, rest: readonly string[], io: CommandIo): Promise<number> {
  if (!('commands' in found)) return await runParsed(found, rest, io);
  const [word = 'help', ...words] = rest;
  if (helpWords.includes(word)) return printGroup(found, io);
  const named = found.commands.map((command) => ({ name: lastWord(command), command }));
  return await runBelow(byName(named, word, `adit ${found.name}`).command, words, io);
}

async function runParsed(command: Command, words: readonly string[], io: CommandIo): Promise<number> {
  const { parseCommandLine } = await import('./command-line.ts');
  const parsed = parseCommandLine(command, words, io);
  return parsed === 'help' ? 0 : await command.run(parsed, io);
}

function byName<T extends { readonly name: string }>(candidates: readonly T[], name: string, before: string): T {
  const found = candidates.find((candidate) => candidate.name === name);
  if (found) return found;
  const nearest = nearestKey(
    name,
    candidates.map((candidate) => candidate.name),
  );
  const hint = nearest ? `; did you mean "${nearest}"?` : '';
  throw new AditError(9500, `Cannot run "${before} ${name}": there is no such command${hint}`);
}

function lastWord({ name }: CommandTree): string {
  return name.split(' ').at(-1) ?? name;
}

function printHelp(io: CommandIo): number {
  const lines = entries.map((entry) => `  adit ${entry.name.padEnd(12)}${entry.summary}`);
  io.stdout.write(
    `Adit gives a service on localhost a public URL.\n\n${lines.join('\n')}\n\nadit <command> --help tells more.\n`,
  );
  return 0;
}

function printGroup({ name, summary, commands }: CommandGroup<CommandTree>, io: CommandIo): number {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  const lines = commands.map((command) => `  adit ${command.name.padEnd(width)}${command.summary}`);
  io.stdout.write(`${summary}.\n\n${lines.join('\n')}\n\nadit ${name} <command> --help tells more.\n`);
  return 0;
}
