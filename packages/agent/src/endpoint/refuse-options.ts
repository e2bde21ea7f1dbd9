import { AditError } from '@adit/contracts';
import type { ParsedCommand } from '../command.ts';
import { oldOptions, refusedOptions } from './hidden-options.ts';

/** @throws {AditError} 9500: an option that is known and not supported; says why. The value, often a secret, is not repeated. */
export function refuseOptions(command: string, options: ParsedCommand['options']): void {
  for (const name of Object.keys(options)) {
    const refused = refusedOptions.find(
      (option) => option.name === name && (name === 'authtoken' || option.commands.some((it) => it === command)),
    );
    if (refused) throw new AditError(9500, `Cannot use --${name}: ${refused.reason}`);
  }
}

/** One sentence for each option that has a newer spelling. */
export function oldOptionWarnings(options: ParsedCommand['options']): string[] {
  return Object.entries(oldOptions)
    .filter(([name]) => name in options)
    .map(([name, { instead }]) => `--${name} is an old spelling; use ${instead}`);
}
