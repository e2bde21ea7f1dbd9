// The commands of the agent, as data: help text and behaviour live together, and the `adit` binary (packages/cli) turns
// them into a command line. Nothing here parses argv or leaves the process.
import type { Writable } from 'node:stream';

export interface CommandArgument {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
}

export interface CommandOption {
  /** Without dashes, e.g. `connect-url`; also the key in `ParsedCommand.options`. */
  readonly name: string;
  /** The value's placeholder in help, e.g. `<url>`; null: a switch, whose value is 'true' when given. */
  readonly value: string | null;
  readonly description: string;
  /** True: may be given more than once; its value is then an array. */
  readonly isRepeatable?: true;
  /** The only values allowed. */
  readonly choices?: readonly string[];
}

export interface ParsedCommand {
  /** In the order of `Command.arguments`. */
  readonly arguments: readonly string[];
  /** By option name; absent options are absent. */
  readonly options: Readonly<Record<string, string | readonly string[]>>;
}

/** A place to write to. A terminal says so, and how wide it is. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** All of the outside world a command sees. */
export interface CommandIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user asks to stop (SIGINT, SIGTERM). */
  readonly interrupted: AbortSignal;
}

export interface Command {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly arguments: readonly CommandArgument[];
  readonly options: readonly CommandOption[];
  /** What help says below the options. */
  readonly notes?: string;
  /**
   * Runs to the end and answers the exit code. Never throws: errors are printed. Nothing of the command is left running,
   * so the caller may exit at once.
   */
  run(parsed: ParsedCommand, io: CommandIo): Promise<number>;
}
