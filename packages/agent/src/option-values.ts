import type { ParsedCommand } from './command.ts';

type Options = ParsedCommand['options'];

/** The value of an option; where it was given more than once, the last. */
export function single(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : value?.at(-1);
}

/** Every value of a repeatable option, in the order given. */
export function several(options: Options, name: string): readonly string[] {
  const value = options[name] ?? [];
  return typeof value === 'string' ? [value] : value;
}

/** A switch: undefined when it was not given. */
export function toggled(options: Options, name: string): boolean | undefined {
  const value = single(options, name);
  return value === undefined ? undefined : value === 'true';
}
