import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ platform: string, env: Readonly<Record<string, string | undefined>>, home: string, installed: string, uid: number | undefined }} Place */

/**
 * The folder where Node.js keeps what it compiled, which halves the time to start; undefined where there is none that is
 * safe. In node_modules: who can write there owns us anyway. Where somebody else installed Adit, the user's own cache: code
 * is read from it, so nobody else may be able to write there either.
 * @param {Place} place
 */
export function compileCacheFolder(place = thisPlace()) {
  if (isUsable(place.installed)) return place.installed;
  const base = cacheHome(place);
  const folder = join(base, 'adit', 'compiled');
  return isUsable(folder) && isOurs(base, place) && isOurs(folder, place) ? folder : undefined;
}

/** @returns {Place} */
function thisPlace() {
  return {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    installed: fileURLToPath(new URL('../../../node_modules/.cache/adit', import.meta.url)),
    uid: process.geteuid?.(),
  };
}

/** @param {Pick<Place, 'platform' | 'env' | 'home'>} place */
function cacheHome({ platform, env, home }) {
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  const chosen = env['XDG_CACHE_HOME'] ?? '';
  return isAbsolute(chosen) ? chosen : join(home, '.cache');
}

/** @param {string} folder */
function isUsable(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Windows has no owners of this kind; there the folder is below the profile, which is the user's.
 * @param {string} folder
 * @param {Pick<Place, 'uid'>} place
 */
function isOurs(folder, { uid }) {
  if (uid === undefined) return true;
  const { uid: owner, mode } = statSync(folder);
  return owner === uid && (mode & 0o022) === 0;
}
