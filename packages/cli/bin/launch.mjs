// How a script of this project gets the Node.js it needs, whatever Node.js started it. Plain JavaScript that Node 20
// can run; nothing here knows what the script does. The `adit` command and tools/bootstrap.mjs both start through it.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { pathToFileURL } from 'node:url';
import { compileCacheFolder } from './compile-cache.mjs';

/** @typedef {{ onSpawn?: (child: import('node:child_process').ChildProcess) => void, killWith?: NodeJS.Signals }} RunChildOptions */
/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, received: NodeJS.Signals | null }} ChildExit */

/** The oldest Node.js Adit runs on: TypeScript runs as it is and node:sqlite needs no flag. */
export const oldestNode = { major: 24, minor: 15 };

/**
 * Whether a Node.js version ("24.21.0") is recent enough for Adit.
 * @param {string} version
 */
export function isRecentNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor);
}

/**
 * The Node.js that npm installed beside this package, or null where there is none (macOS, or nothing installed yet).
 * @param {{ platform: string, arch: string, resolve(name: string): string }} [where]
 */
export function findPinnedNode(where = { ...platformOf(process), resolve: createRequire(import.meta.url).resolve }) {
  const platform = where.platform === 'win32' ? 'win' : where.platform;
  try {
    const manifest = where.resolve(`node-${platform}-${where.arch}/package.json`);
    return join(dirname(manifest), 'bin', platform === 'win' ? 'node.exe' : 'node');
  } catch {
    return null; // Not resolvable: npm installed no package for this platform.
  }
}

/**
 * Runs a script: in this process when its Node.js is recent enough, else in a child on the pinned one, whose exit
 * this process then repeats. The script sees itself as `process.argv[1]` either way.
 * @param {string} script absolute path
 * @param {string[]} args
 */
export async function launch(script, args) {
  const compileCache = compileCacheFolder();
  if (isRecentNode(process.versions.node)) {
    if (compileCache !== undefined) module.enableCompileCache(compileCache);
    process.argv = [process.execPath, script, ...args];
    await import(pathToFileURL(script).href);
    return;
  }
  const node = findPinnedNode();
  if (node === null) {
    console.error(tooOld(process));
    process.exitCode = 1;
    return;
  }
  const env = { ...process.env, ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }) };
  repeatExit(await runChild(node, [script, ...args], { stdio: 'inherit', env }));
}

/**
 * What to tell somebody whose machine has no usable Node.js.
 * @param {{ platform: string, arch: string, versions: { node: string } }} running
 */
export function tooOld({ platform, arch, versions }) {
  return (
    `Adit needs Node.js ${oldestNode.major}.${oldestNode.minor} or newer, and this is ${versions.node}. ` +
    `npm brings a Node.js of its own for Linux and Windows, but none is installed for ${platform}-${arch}. ` +
    `Install Node.js ${oldestNode.major} (https://nodejs.org), then run this again.`
  );
}

/**
 * Runs a program to its end and hands it the signals that reach this process.
 * `received` is the first such signal: a program may answer one with an ordinary exit code. With `killWith`, it gets that
 * signal in place of any.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & RunChildOptions} options
 * @returns {Promise<ChildExit>} rejects when it cannot be started
 */
export function runChild(command, args, { onSpawn, killWith, ...options }) {
  const child = spawn(command, args, options);
  const forwarding = forwardSignals(child, killWith);
  onSpawn?.(child);
  /** @type {Promise<ChildExit>} */
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, received: forwarding.first() }));
  });
  return ended.finally(forwarding.stop);
}

/**
 * Ends this process the way a child ended: same exit code, same signal.
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} exit
 */
export function repeatExit({ code, signal }) {
  if (signal === null) process.exitCode = code ?? 1;
  else process.kill(process.pid, signal);
}

/**
 * A terminal sends Ctrl-C to every process in the foreground, the child too: passing that one on would look to the
 * child like a second, impatient Ctrl-C. Each signal is passed on once, as npm repeats what it receives.
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals | undefined} killWith
 */
function forwardSignals(child, killWith) {
  const onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  /** @type {Set<NodeJS.Signals>} */
  const received = new Set();
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (killWith !== undefined) child.kill(killWith);
    else if (!received.has(signal) && !(signal === 'SIGINT' && onTerminal)) child.kill(signal);
    received.add(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return {
    first: () => [...received][0] ?? null,
    stop: () => {
      for (const signal of signals) process.off(signal, forward);
    },
  };
}

/** @param {{ platform: string, arch: string }} running */
function platformOf({ platform, arch }) {
  return { platform, arch };
}
