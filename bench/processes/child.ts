// Programs the benchmark starts. Every one is ended by its own id, at the latest when the benchmark itself ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** Is the program on PATH? Debian keeps servers in /usr/sbin, which ordinary users do not search. */
export function findProgram(name: string): string | undefined {
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`;
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { env: { PATH: path }, encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** Starts a program; what it says on stderr is shown only if it fails by itself. */
export function start(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  child.on('exit', (code) => {
    alive.delete(child);
    if (code && !child.killed) console.error(`${program} ended with ${code}:\n${said}`);
  });
  return child;
}

/** Starts a script of ours on the Node.js that runs this. */
export function startScript(script: URL, args: readonly string[] = []): ChildProcess {
  return start(process.execPath, [script.pathname, ...args]);
}

/** Starts a program that prints things nobody needs; Rust programs are told to print less. */
export function startQuiet(program: string, args: readonly string[]): ChildProcess {
  const child = start(program, args, { RUST_LOG: 'error' });
  child.stdout?.resume();
  return child;
}

/** Asks a program to end and waits until it has; after 10 s it is killed. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(impatience);
}

/** The first stdout line for which `match` answers something. */
export function firstLine<T>(child: ChildProcess, match: (line: string) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const found = match(line);
      if (found !== undefined) resolve(found);
    });
  });
}

/** Waits until something accepts connections on the port, 10 s at most. */
export async function waitForPort(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await accepts(port)) return;
    await sleep(50);
  }
  throw new Error(`Nothing listens on port ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** A port on which nothing listened a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
