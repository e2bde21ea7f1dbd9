import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { AditError } from '@adit/contracts';
import type { CommandIo } from '../command.ts';
import type { AgentConfig } from './agent-config.ts';

export interface LoadedConfig {
  /** Where it was read from, or would be. */
  readonly file: string;
  readonly values: AgentConfig;
  /** Things the user should know, one sentence each. */
  readonly warnings: readonly string[];
}

const readableByOthers = 0o077;

/** `$XDG_CONFIG_HOME/adit/adit.yml`, else `~/.config/adit/adit.yml`. A relative XDG_CONFIG_HOME is ignored, as XDG says. */
export function defaultConfigFile(env: CommandIo['env']): string {
  const base = env['XDG_CONFIG_HOME'];
  return join(base?.startsWith('/') ? base : join(env['HOME'] || homedir(), '.config'), 'adit', 'adit.yml');
}

/**
 * Reads the configuration. A file that was named must be there; the default one need not.
 *
 * @throws {AditError} 9202: not readable. As `parseConfig`.
 */
export async function loadConfig(env: CommandIo['env'], named: string | undefined): Promise<LoadedConfig> {
  const file = named ?? defaultConfigFile(env);
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (named === undefined && cause.code === 'ENOENT') return undefined;
    throw new AditError(9202, `Cannot read the configuration "${file}": ${getSystemErrorMessage(cause.errno ?? 0)}`, {
      cause,
    });
  });
  if (text === undefined) return { file, values: {}, warnings: [] };
  // YAML and schema take most of the start-up time there is; without a file they are not needed.
  const { parseConfig } = await import('./parse-config.ts');
  const values = parseConfig(text, file);
  return { file, values: withAbsoluteCas(values, file), warnings: await permissionWarnings(file, values) };
}

function withAbsoluteCas(values: AgentConfig, file: string): AgentConfig {
  const { connect_cas: cas } = values;
  if (cas === undefined || cas === 'host') return values;
  return { ...values, connect_cas: resolve(dirname(file), cas) };
}

async function permissionWarnings(file: string, values: AgentConfig): Promise<string[]> {
  if (values.authtoken === undefined || process.platform === 'win32') return [];
  const { mode } = await stat(file);
  if ((mode & readableByOthers) === 0) return [];
  return [`"${file}" holds an authtoken and others can read it; run: chmod 600 "${file}"`];
}
