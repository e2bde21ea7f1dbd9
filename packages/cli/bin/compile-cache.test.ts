import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileCacheFolder } from './compile-cache.mjs';

const uid = process.geteuid?.();

/** A machine of its own: an installation in which nobody can make a folder, unless it is said, and an empty home. */
function place({ isInstalledByUs = false, platform = 'linux', env = {} } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'adit-compile-cache-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const home = join(root, 'home');
  mkdirSync(home);
  // Below a file there can be no folder, for the superuser neither.
  if (!isInstalledByUs) writeFileSync(join(root, 'node_modules'), '');
  return { platform, env, home, uid, installed: join(root, 'node_modules', '.cache', 'adit') };
}

describe('compileCacheFolder()', () => {
  it('is in node_modules where we may write there', () => {
    const ours = place({ isInstalledByUs: true });
    expect(compileCacheFolder(ours)).toBe(ours.installed);
    expect(existsSync(join(ours.home, '.cache'))).toBe(false);
  });

  it.each([
    ['linux', '.cache/adit/compiled'],
    ['darwin', 'Library/Caches/adit/compiled'],
    ['win32', 'AppData/Local/adit/compiled'],
  ])(
    'is in the cache of the user on %s where somebody else installed it, and nobody else looks into it',
    (platform, path) => {
      const there = place({ platform });
      const folder = compileCacheFolder(there);
      expect(folder).toBe(join(there.home, path));
      expect(statSync(folder ?? '').mode & 0o777).toBe(0o700);
    },
  );

  it('is where XDG_CACHE_HOME says, unless that is relative', () => {
    const there = place();
    const chosen = join(there.home, 'chosen');
    expect(compileCacheFolder({ ...there, env: { XDG_CACHE_HOME: chosen } })).toBe(join(chosen, 'adit/compiled'));
    expect(compileCacheFolder({ ...there, env: { XDG_CACHE_HOME: 'x' } })).toBe(
      join(there.home, '.cache/adit/compiled'),
    );
  });

  it('is nowhere without a folder to write in', () => {
    const there = place();
    expect(compileCacheFolder({ ...there, home: there.installed })).toBeUndefined();
  });

  it.runIf(uid !== undefined)('is nowhere that another could put code of theirs', () => {
    const there = place();
    expect(compileCacheFolder({ ...there, uid: (uid ?? 0) + 1 })).toBeUndefined();
    const folder = compileCacheFolder(there) ?? '';
    chmodSync(folder, 0o722);
    expect(compileCacheFolder(there)).toBeUndefined();
    chmodSync(folder, 0o700);
    chmodSync(join(there.home, '.cache'), 0o777);
    expect(compileCacheFolder(there)).toBeUndefined();
  });
});
