import type { Phase } from '@adit/policy-kit';

/** A function of the expression language: what people are told of it, and what it does. */
export interface FunctionRow {
  /**
   * `inCidrRange(string, string): bool`; `string.replace(string, string): string` for `'a'.replace('b', 'c')`;
   * `hash.md5(string): string` where the first word is one of `namespaces`. Types are those of the engine; a capital letter
   * stands for any type.
   */
  readonly signature: string;
  /** One sentence, or more. */
  readonly description: string;
  /** Left out: the engine has it. Integers are bigint. Throws `EvaluationFailure`. */
  readonly handler?: (...args: never[]) => unknown;
  /** The engine has a function of this name and number of arguments, and ours is used instead of all of those. */
  readonly replaces?: true;
  /** The first phase that has it. Default: `on_tcp_connect`. */
  readonly since?: Phase;
}

/** The words before a dot that stand for a group of functions, not for a value. */
export const namespaces = [
  'base64',
  'basic_auth',
  'hash',
  'json',
  'lists',
  'optional',
  'queryString',
  'rand',
  'secrets',
  'strings',
  'url',
] as const;

export const timestampType = 'google.protobuf.Timestamp';
export const durationType = 'google.protobuf.Duration';

/** Several forms of one function. */
export function overloads(
  description: string,
  forms: Readonly<Record<string, NonNullable<FunctionRow['handler']>>>,
  more: Pick<FunctionRow, 'replaces' | 'since'> = {},
): FunctionRow[] {
  return Object.entries(forms).map(([signature, handler]) => ({ signature, description, handler, ...more }));
}

/** Several forms of a function of the engine. */
export function ofEngine(description: string, signatures: readonly string[]): FunctionRow[] {
  return signatures.map((signature) => ({ signature, description }));
}
