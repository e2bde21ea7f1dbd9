import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { several } from '../option-values.ts';
import { fromEnvironment } from './environment.ts';

type Env = CommandIo['env'];

/**
 * Where the configuration is when nobody names a file. Linux: `$XDG_CONFIG_HOME/adit/adit.yml`, else
 * `~/.config/adit/adit.yml` (a relative XDG_CONFIG_HOME is ignored, as XDG says). macOS: below
 * `~/Library/Application Support`. Windows: below `%LocalAppData%`.
 */
export function defaultConfigFile(env: Env, platform: NodeJS.Platform = process.platform): string {
  return join(configHome(env, platform), 'adit', 'adit.yml');
}

function configHome(env: Env, platform: NodeJS.Platform): string {
  const home = env['HOME'] || homedir();
  const chosen = env['XDG_CONFIG_HOME'];
  if (chosen?.startsWith('/')) return chosen;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
  return join(home, '.config');
}

/** The files that were named, by `--config` (again and again, or with commas), else by ADIT_CONFIG. Empty: none was. */
export function namedConfigFiles(options: ParsedCommand['options'], env: Env): readonly string[] {
  const flags = several(options, 'config');
  const texts = flags.length > 0 ? flags : [fromEnvironment(env, 'ADIT_CONFIG') ?? ''];
  return texts.flatMap((text) => text.split(',')).filter((file) => file !== '');
}

/** The one file that a command changes: the first that was named, else the default one. */
export function configFileToChange(options: ParsedCommand['options'], env: Env): string {
  return namedConfigFiles(options, env)[0] ?? defaultConfigFile(env);
}
