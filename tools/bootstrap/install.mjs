// Brings node_modules into the state that package-lock.json describes.
import { join } from 'node:path';
import { runChild } from '../../packages/cli/bin/launch.mjs';
import { lock } from './install-lock.mjs';
import { missingPackages } from './missing-packages.mjs';

/** The installation did not work: the message says why and what npm printed; `signal` is what interrupted it, if so. */
export class InstallFailed extends Error {
  /** @type {NodeJS.Signals | null} */
  signal = null;
}

/**
 * Installs what is missing; a few milliseconds when nothing is. Says something only when there is something to wait for.
 * @param {string} root the project's
 * @param {{ log(line: string): void }} options
 * @throws {InstallFailed}
 */
export async function ensureInstalled(root, { log }) {
  if (missingPackages(root).length === 0) return;
  const unlock = await takeLock(root, log);
  try {
    if (missingPackages(root).length > 0) await install(root, log); // Another process may have installed meanwhile.
  } finally {
    unlock();
  }
}

/**
 * @param {string} root
 * @param {(line: string) => void} log
 */
async function takeLock(root, log) {
  const path = join(root, '.install.lock');
  try {
    return await lock(path, {
      onWait: (pid) => log(`Waiting for process ${pid}, which is installing in this folder (lock: ${path}) …`),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InstallFailed(`Cannot install in "${root}": ${reason}`, { cause: error });
  }
}

/**
 * @param {string} root
 * @param {(line: string) => void} log
 */
async function install(root, log) {
  log('Installing packages (this once, about half a minute) …');
  const started = performance.now();
  const { exit, output } = await npmCi(root);
  if (exit.code !== 0) {
    const failed = new InstallFailed(`${output.trim()}\nCannot install packages: npm ended with ${exit.code}`);
    failed.signal = exit.received ?? exit.signal;
    throw failed;
  }
  log(`Installed in ${Math.ceil((performance.now() - started) / 1000)} s.`);
}

/**
 * The options stand against settings of the user's own npm that would leave something out or refuse to start.
 * No package of ours needs an install script, so none runs.
 * @param {string} root
 */
async function npmCi(root) {
  const options = ['--include=dev', '--include=optional', '--ignore-scripts', '--engine-strict=false'];
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--no-progress', '--no-update-notifier'];
  const [command, ...first] = npmCommand(process.env);
  let output = '';
  try {
    const exit = await runChild(command, [...first, 'ci', ...options, ...quiet], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      killWith: 'SIGKILL', // Asked politely, npm first undoes what it did, for half a minute. The next run starts afresh.
      onSpawn: (child) => {
        child.stdout?.on('data', (data) => (output += data));
        child.stderr?.on('data', (data) => (output += data));
      },
    });
    return { exit, output };
  } catch (error) {
    throw new InstallFailed('Cannot install packages: npm cannot be started. It comes with Node.js.', { cause: error });
  }
}

/**
 * The npm that started us where there is one, as it need not be in PATH; else the one in PATH.
 * @param {NodeJS.ProcessEnv} env
 * @returns {[string, ...string[]]}
 */
export function npmCommand(env) {
  const path = env['npm_execpath'];
  return path?.endsWith('npm-cli.js') ? [process.execPath, path] : ['npm'];
}
