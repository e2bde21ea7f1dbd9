import type { ConnectContext } from './context.ts';

/** A text of the configuration in which `${…}` stands for an expression. Compiled once. */
export interface Template {
  readonly text: string;
  /** Not null: it has no expression, and this is what it always says. */
  readonly constant: string | null;
  /**
   * Expressions that are no text are written as one.
   *
   * @param write What becomes of the text of each expression, such as an encoding. Default: it stays as it is.
   * @throws When one cannot be evaluated: the chain refuses.
   */
  render(context: ConnectContext, write?: (value: string) => string): string;
  /** As `render`, but of a text that is one expression and nothing else the value itself. Integers are bigint. */
  value(context: ConnectContext): unknown;
}

/** A CEL expression, checked when it was compiled. */
export interface Expression {
  readonly text: string;
  /** Its CEL type, e.g. `bool`; `dyn`: known only when it is evaluated. */
  readonly type: string;
  /**
   * Integers are bigint.
   *
   * @param values Of the variables that `PolicyHost.expression` was told of.
   * @throws When it cannot be evaluated: the chain refuses.
   */
  evaluate(context: ConnectContext, values?: Readonly<Record<string, unknown>>): unknown;
  /**
   * As `evaluate`, written as a template writes it: the same value always is the same text.
   *
   * @throws As `evaluate`; also when it is nothing that can be written.
   */
  render(context: ConnectContext, values?: Readonly<Record<string, unknown>>): string;
}

/** A pattern of RE2's syntax, one match of which takes linear time whatever it says. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
  /**
   * The text with every match replaced; `$1` to `$9` in `replacement` stand for groups. Also what was matched.
   *
   * @throws When that takes too long, or makes too long a text: the chain refuses.
   */
  replace(text: string, replacement: string): { readonly text: string; readonly matches: readonly string[] };
}

/** Types of the values that a policy leaves under `actions.adit.<its name>`: CEL types, or objects of them. */
export interface ResultShape {
  readonly [name: string]: ResultType | ResultShape;
}
export type ResultType =
  | 'string'
  | 'bool'
  | 'int'
  | 'double'
  | 'dyn'
  | 'list<string>'
  | 'list<dyn>'
  | 'map<string, string>'
  | 'map<string, dyn>';
