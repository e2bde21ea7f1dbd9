// Compares what package-lock.json asks for with what npm says it installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean }} LockEntry
 * @typedef {Record<string, LockEntry>} LockEntries by path from the project's root; the root itself is ''
 */

/**
 * The paths of packages that are missing or of another version. npm writes its own record of an installation
 * (node_modules/.package-lock.json) as the last step, so a half-finished one has none and everything is missing.
 * @param {string} root
 * @returns {string[]}
 */
export function missingPackages(root) {
  const wanted = readLock(join(root, 'package-lock.json'));
  if (wanted === null) throw new Error(`Cannot read "${join(root, 'package-lock.json')}": it is missing`);
  return compareLocks(wanted, readLock(join(root, 'node_modules', '.package-lock.json')) ?? {}, process);
}

/**
 * An absent optional package is no reason to install, as most of them are for other platforms; except this platform's
 * Node.js, which everything runs on (a node_modules copied from another machine has another one).
 * @param {LockEntries} wanted
 * @param {LockEntries} installed
 * @param {{ platform: string, arch: string }} machine
 */
export function compareLocks(wanted, installed, { platform, arch }) {
  const pinnedNode = `node_modules/node-${platform === 'win32' ? 'win' : platform}-${arch}`;
  return Object.entries(wanted)
    .filter(([path, entry]) => {
      const present = installed[path];
      if (path === '') return false;
      if (present === undefined) return entry.optional !== true || path === pinnedNode;
      return present.version !== entry.version || present.integrity !== entry.integrity || present.link !== entry.link;
    })
    .map(([path]) => path);
}

/**
 * @param {string} path
 * @returns {LockEntries | null} null when there is no such file
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}
