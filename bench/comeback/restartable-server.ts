import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { start } from '../processes/child.ts';
import type { LoopTurns } from './loop-turns.ts';

export interface ServerHome {
  readonly checkout: string;
  readonly dataDir: string;
  /** Where the process leaves a `.cpuprofile` when it ends. */
  readonly profileDir: string | undefined;
  /** The public ports of the process before. */
  readonly ports?: { readonly https: number; readonly http: number };
  /** Of the process, besides our own. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ready {
  readonly https: { readonly port: number };
  readonly http: { readonly port: number };
  readonly connect: string;
  readonly caFile: string;
  readonly operator: string;
  readonly api: string;
  readonly firstRun: { readonly authtoken: string } | null;
}

/** An `adit server` that can be ended and started again where it was. */
export class RestartableServer {
  readonly ready: Ready;
  /** Milliseconds since 1970. */
  readonly readyAtMs: number;
  readonly #home: ServerHome;
  readonly #child: ChildProcess;
  readonly #lines: Lines;

  private constructor(home: ServerHome, started: { child: ChildProcess; lines: Lines; ready: Ready }) {
    this.#home = home;
    this.#child = started.child;
    this.#lines = started.lines;
    this.ready = started.ready;
    this.readyAtMs = performance.timeOrigin + performance.now();
  }

  static async start(home: ServerHome): Promise<RestartableServer> {
    const { https = 0, http = 0 } = home.ports ?? {};
    const args = ['server', '--data-dir', home.dataDir, '--https-port', `${https}`, '--http-port', `${http}`];
    const command = join(home.checkout, 'packages/cli/bin/adit.mjs');
    const child = start(process.execPath, [...nodeOptions(home), command, ...args, '--ready-json'], home.env);
    const lines = new Lines(child);
    const ready = (await lines.next((line) => line['event'] === 'ready')) as unknown as Ready;
    return new RestartableServer(home, { child, lines, ready });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Ends it by the signal; the answer starts another process on its data directory and ports. */
  async end(signal: NodeJS.Signals): Promise<() => Promise<RestartableServer>> {
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
    const { https, http } = this.ready;
    return () => RestartableServer.start({ ...this.#home, ports: { https: https.port, http: http.port } });
  }

  /** How long the event loop was away since this was asked last. */
  async loopTurns(): Promise<LoopTurns> {
    const answer = this.#lines.next((line) => 'turns' in line);
    this.#child.kill('SIGUSR2');
    return ((await answer) as { turns: LoopTurns }).turns;
  }
}

function nodeOptions({ profileDir }: ServerHome): string[] {
  const name = `adit-server-${Date.now()}.cpuprofile`;
  return [
    ...(profileDir ? ['--cpu-prof', '--cpu-prof-dir', profileDir, '--cpu-prof-name', name] : []),
    ...['--import', new URL('./loop-turns.ts', import.meta.url).pathname],
  ];
}

type Line = Record<string, unknown>;

/** What a process prints, a JSON object a line. */
class Lines {
  readonly #child: ChildProcess;
  readonly #waiting = new Set<(line: Line) => void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      for (const look of [...this.#waiting]) look(line);
    });
  }

  next(matches: (line: Line) => boolean): Promise<Line> {
    const { promise, resolve, reject } = Promise.withResolvers<Line>();
    const gone = (code: number | null) => reject(new Error(`adit server ended with ${code}`));
    const look = (line: Line) => matches(line) && resolve(line);
    this.#child.once('exit', gone);
    this.#waiting.add(look);
    return promise.finally(() => {
      this.#child.off('exit', gone);
      this.#waiting.delete(look);
    });
  }
}
