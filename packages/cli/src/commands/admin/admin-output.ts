import type { CommandIo, CommandOption, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import type { DataPlace } from '@adit/server/admin';

/** Where the data is: the server's own options, as far as they say that, and what it reads of the environment. */
export const placeOptions: readonly CommandOption[] = [
  {
    name: 'data-dir',
    value: '<dir>',
    description: 'Data directory of the server. Default: as for "adit server"',
    completes: 'directory',
  },
  {
    name: 'database-url-file',
    value: '<file>',
    description: 'File with the URL of the PostgreSQL database, if the data is there. Default: as for "adit server"',
    completes: 'file',
  },
  {
    name: 'secrets-key-file',
    value: '<file>',
    description: 'File with the secrets keys. Default: as for "adit server"',
    completes: 'file',
  },
  {
    name: 'config',
    value: '<file>',
    description: "The server's configuration file; those above win",
    completes: 'file',
  },
];

export function placeOf({ options }: ParsedCommand, { env }: Pick<CommandIo, 'env'>): DataPlace {
  const names = placeOptions.map(({ name }) => name).filter((name) => name !== 'config');
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, String(options[name])]);
  return { flags: Object.fromEntries(given), configFile: optional(options['config']), env };
}

/** The value of an option that may be absent. */
export function optional(value: string | readonly string[] | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** @throws {AditError} 9500: the option was not given. */
export function needed({ options }: ParsedCommand, { name, command }: { name: string; command: string }): string {
  const value = optional(options[name]);
  if (value === undefined) throw new AditError(9500, `Cannot run "adit ${command}": option "--${name}" is missing`);
  return value;
}

/** Says what was done: to people in sentences, to programs (`--json`) as one object. */
export function say(
  io: Pick<CommandIo, 'stdout'>,
  { options }: ParsedCommand,
  { text, json }: { text: string; json: unknown },
): number {
  io.stdout.write(options['json'] === 'true' ? `${JSON.stringify(json)}\n` : `${text}\n`);
  return 0;
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Milliseconds since 1970 as the API writes times. */
export function timestamp(ms: number): string;
export function timestamp(ms: number | null): string | null;
export function timestamp(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** `1 user`, `2 users`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
