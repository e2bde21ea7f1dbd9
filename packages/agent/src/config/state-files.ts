import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CommandIo } from '../command.ts';

/**
 * Where an agent remembers its session, for takeover after it was killed. Each set of endpoints at each server has a file
 * of its own, so that agents beside each other keep apart. Linux: below `$XDG_STATE_HOME/adit`, else `~/.local/state/adit`;
 * elsewhere beside the configuration.
 *
 * @param identity What makes this agent this agent; holds no secret.
 */
export function sessionStateFile(
  identity: unknown,
  env: CommandIo['env'],
  platform: NodeJS.Platform = process.platform,
): string {
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
  return join(stateHome(env, platform), 'adit', 'sessions', `${digest}.json`);
}

function stateHome(env: CommandIo['env'], platform: NodeJS.Platform): string {
  const home = env['HOME'] || homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
  const chosen = env['XDG_STATE_HOME'];
  return chosen?.startsWith('/') ? chosen : join(home, '.local', 'state');
}
