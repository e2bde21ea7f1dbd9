import { AditError } from '@adit/contracts';
import type { ParsedCommand } from '../command.ts';
import { single } from '../option-values.ts';
import type { AddressCommandName } from './endpoint-command-name.ts';

type Options = ParsedCommand['options'];

const schemes: Readonly<Record<AddressCommandName, readonly string[]>> = {
  http: ['https', 'http'],
  tcp: ['tcp'],
  tls: ['tls'],
};

/**
 * The public URL that a command line asks for, with its scheme, by `--url` or one of the old spellings.
 *
 * @throws {AditError} 9500: two of them at once, or a scheme that the command does not serve.
 */
export function urlFromFlags(command: AddressCommandName, options: Options): string {
  const given = ['url', 'domain', 'hostname', 'subdomain', 'remote-addr'].filter((name) => name in options);
  const [first, second] = given;
  if (second !== undefined) throw refuse(command, `--${first} and --${second} both name the public URL; give one`);
  const scheme = single(options, 'scheme') ?? schemes[command][0] ?? '';
  const text = single(options, first ?? 'url') ?? '';
  const asked = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (!schemes[command].includes(asked ?? scheme)) {
    throw refuse(
      command,
      `it serves ${schemes[command].map((it) => `${it}://`).join(' and ')} only, not ${asked ?? scheme}://`,
    );
  }
  return asked === undefined ? `${scheme}://${text}` : text;
}

function refuse(command: string, why: string): AditError {
  return new AditError(9500, `Cannot run "adit ${command}": ${why}`);
}
