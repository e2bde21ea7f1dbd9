import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { AditError } from '@adit/contracts';
import type { CommandIo, Output, ParsedCommand } from '../command.ts';
import type { AgentKeys } from '../config/agent-config.ts';
import { fromEnvironment } from '../config/environment.ts';
import { single } from '../option-values.ts';
import { type LogFormat, type LogLevel, logFormats, logLevels } from '../view/index.ts';

/** What was asked for about log lines and screen. */
export interface LogSettings {
  /** `stdout`, `stderr`, a path, or false. Undefined: whatever suits stdout. */
  readonly target: string | false | undefined;
  readonly format: LogFormat | undefined;
  readonly level: LogLevel | undefined;
  readonly hasScreen: boolean;
}

/** @throws {AditError} 9201: a format or level that there is not. */
export function resolveLogSettings(
  options: ParsedCommand['options'],
  env: CommandIo['env'],
  agent: AgentKeys,
): LogSettings {
  const target = single(options, 'log') ?? fromEnvironment(env, 'ADIT_LOG') ?? agent.log;
  const format = single(options, 'log-format') ?? fromEnvironment(env, 'ADIT_LOG_FORMAT') ?? agent.log_format;
  const level = single(options, 'log-level') ?? fromEnvironment(env, 'ADIT_LOG_LEVEL') ?? agent.log_level;
  return {
    target: target === 'false' ? false : target,
    format: oneOf(logFormats, format, '--log-format'),
    level: oneOf(logLevels, level, '--log-level'),
    hasScreen: agent.console_ui !== false,
  };
}

function oneOf<T extends string>(known: readonly T[], text: string | undefined, name: string): T | undefined {
  const found = known.find((word) => word === text);
  if (text === undefined || found !== undefined) return found;
  throw new AditError(9201, `Cannot use ${name}: it must be ${known.join(' or ')}`);
}

/** An open log, for the view. */
export interface OpenLog {
  readonly output: Output;
  readonly format: LogFormat;
  readonly level: LogLevel | undefined;
}

/**
 * Opens what log lines go to. Without a choice they go to stdout unless the screen is there; a format for programs is
 * such a choice. A file is appended to, and made with mode 0600.
 *
 * @throws {AditError} 9203: the file cannot be written.
 */
export async function openLog(
  settings: LogSettings,
  io: Pick<CommandIo, 'stdout' | 'stderr'>,
): Promise<OpenLog | null> {
  const { format, level, hasScreen } = settings;
  const isForProgram = format === 'json' || format === 'logfmt';
  const isScreenThere = hasScreen && io.stdout.isTTY === true && !isForProgram;
  const target = settings.target ?? (isScreenThere ? false : 'stdout');
  if (target === false) return null;
  const output = target === 'stdout' || target === 'stderr' ? io[target] : await openFile(target);
  return { output, format: format ?? (output.isTTY ? 'term' : 'json'), level };
}

async function openFile(path: string): Promise<Output> {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  try {
    await once(stream, 'open');
  } catch (cause) {
    const why = getSystemErrorMessage((cause as NodeJS.ErrnoException).errno ?? 0);
    throw new AditError(9203, `Cannot write the log "${path}": ${why}`, { cause });
  }
  // A disk that fills up later costs log lines, not the visitors.
  return stream.on('error', () => {});
}
