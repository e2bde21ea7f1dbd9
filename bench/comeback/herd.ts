import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startScript, stop } from '../processes/child.ts';
import type { AgentsJob, AgentsNews } from './agents.ts';

/** Each computes on a core of its own if it can, and the server does. */
const processes = 2;

/** Many agents, in two processes. */
export class Herd {
  readonly #children: readonly ChildProcess[];
  readonly #news: AgentsNews[] = [];
  readonly #size: number;
  #onNews: () => void = () => {};

  constructor(job: AgentsJob) {
    this.#size = job.agents;
    this.#children = Array.from({ length: processes }, (_, index) => {
      const agents = Math.floor((job.agents + index) / processes);
      const child = startScript(new URL('./agents.ts', import.meta.url), [JSON.stringify({ ...job, agents })]);
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        this.#news[index] = JSON.parse(line) as AgentsNews;
        this.#onNews();
      });
      return child;
    });
  }

  get pids(): number[] {
    return this.#children.map(({ pid }) => pid ?? 0);
  }

  get online(): number {
    return this.#news.reduce((sum, { online }) => sum + online, 0);
  }

  /** Resolves when all are online with when the last came, milliseconds since 1970, and how many attempts failed why. */
  async allOnline(timeoutMs: number): Promise<Omit<AgentsNews, 'online'>> {
    await this.#until((online) => online === this.#size, timeoutMs);
    const failures: Record<string, number> = {};
    for (const [what, count] of this.#news.flatMap((one) => Object.entries(one.failures))) {
      failures[what] = (failures[what] ?? 0) + count;
    }
    return { failures, lastAtMs: Math.max(...this.#news.map(({ lastAtMs }) => lastAtMs)) };
  }

  /** Resolves when none is online. */
  async allLost(timeoutMs: number): Promise<void> {
    await this.#until((online) => online === 0, timeoutMs);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map(stop));
  }

  async #until(condition: (online: number) => boolean, timeoutMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => condition(this.online) && resolve();
    const late = setTimeout(() => reject(new Error(`${this.online} of ${this.#size} agents are online`)), timeoutMs);
    this.#onNews = look;
    look();
    await promise.finally(() => clearTimeout(late));
  }
}
