// The commands of the agent, as data: help text and behaviour live together, and the `adit` binary (packages/cli) turns
// them into a command line. Nothing here parses argv or leaves the process.
import type { Readable, Writable } from 'node:stream';

export interface CommandArgument {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  /** True: the last one, and takes all words that are left. */
  readonly isVariadic?: true;
  /** The words that are offered by shell completion. */
  readonly choices?: readonly string[];
}

export interface CommandOption {
  /** Without dashes, e.g. `connect-url`; also the key in `ParsedCommand.options`. */
  readonly name: string;
  /** The value's placeholder in help, e.g. `<url>`; null: a switch, 'true' when given, 'false' for `--name=false`. */
  readonly value: string | null;
  readonly description: string;
  /** True: may be given more than once; its value is then an array. */
  readonly isRepeatable?: true;
  /** The only values allowed. */
  readonly choices?: readonly string[];
  /** One letter, without the dash. */
  readonly short?: string;
  /** What the value names, for shell completion. Default: neither. */
  readonly completes?: 'file' | 'directory';
  /** The heading that help has it under. Default: that of all other options. */
  readonly group?: string;
  /** True: understood, but help and completion are silent about it (old spellings, and what is refused with a reason). */
  readonly isHidden?: true;
}

export interface ParsedCommand {
  /** In the order of `Command.arguments`. */
  readonly arguments: readonly string[];
  /** By option name; absent options are absent. */
  readonly options: Readonly<Record<string, string | readonly string[]>>;
}

/** A place to write to. A terminal says so, and how wide it is. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Where to read what the user types or pipes in. A terminal can be told not to echo. */
export type Input = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

/** All of the outside world a command sees. */
export interface CommandIo {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user asks to stop (SIGINT, SIGTERM). */
  readonly interrupted: AbortSignal;
  /** Draws a text as the lines of a QR code, two modules to a character. Absent: none can be drawn. */
  readonly drawQr?: (text: string) => Promise<readonly string[]>;
}

export interface Command {
  /** The words after `adit`, e.g. `http` or `config check`. */
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

/** Commands under the same words, such as `adit config check`. */
export interface CommandGroup<Inner = Command> {
  /** The words after `adit`. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly commands: readonly Inner[];
}

/** What some words stand for: a command, or those that go on from there. */
export type CommandTree = Command | CommandGroup<CommandTree>;
