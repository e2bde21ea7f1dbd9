import { Agent, request } from 'node:https';
import { onTestFinished } from 'vitest';
import type { TestServer } from './server.ts';
import { visitorOptions } from './visitor.ts';

/** One request and what became of it. */
interface Visit {
  /** When it was sent; milliseconds of `performance.now()`, as all. */
  readonly sentAt: number;
  readonly endedAt: number;
  /** Undefined: the right answer. Else the status and code of another one, or why there was none. */
  readonly loss: string | undefined;
}

/** A person gives up about then; so does a webhook's sender. */
const patienceMs = 10_000;
/** No more are sent while so many wait: a slow machine would get further behind with each, until patience ends. */
const maxPending = 60;

export interface SteadyVisitorOptions {
  /** Default: 50. */
  readonly intervalMs?: number;
  /** Default: half of the requests go on a kept connection, the others have one of their own. */
  readonly connections?: 'kept' | 'new' | 'both';
  /** Asks again, as browsers do, when a connection is reset before a byte of an answer. Default: that is a loss. */
  readonly triesAgain?: boolean;
}

/** Somebody who asks for the same thing again and again, whatever became of the requests before. */
export class SteadyVisitor {
  readonly #visits: Visit[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #target: { server: Pick<TestServer, 'ca'>; url: string; expected: string };
  readonly #keepAlive = new Agent({ keepAlive: true });
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: ((visit: Visit) => void)[] = [];
  readonly #options: SteadyVisitorOptions;
  #sent = 0;
  /** Requests that were sent a second time. */
  retried = 0;

  /** @param target `expected`: the whole body of a right answer. */
  constructor(
    server: Pick<TestServer, 'ca'>,
    target: { readonly url: string; readonly expected: string },
    options: SteadyVisitorOptions = {},
  ) {
    this.#target = { server, ...target };
    this.#options = options;
    this.#timer = setInterval(() => this.#send(), options.intervalMs ?? 50);
    onTestFinished(() => this.#leave());
  }

  /** Requests that had their right answer. */
  get answered(): number {
    return this.#visits.filter(({ loss }) => loss === undefined).length;
  }

  /** Resolves when the next request that is sent from now on got its right answer. */
  async served(): Promise<void> {
    const from = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(({ sentAt, loss }) => sentAt > from && loss === undefined && resolve());
    await promise;
  }

  /** Sends no more, waits for what is under way, and answers what was lost of it all. */
  async leave(): Promise<VisitorCount> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    this.#leave();
    const losses = new Map<string, number>();
    for (const { loss } of this.#visits) if (loss !== undefined) losses.set(loss, (losses.get(loss) ?? 0) + 1);
    const lost = [...losses.values()].reduce((sum, count) => sum + count, 0);
    const waits = this.#visits.map(({ sentAt, endedAt }) => endedAt - sentAt);
    return { sent: this.#visits.length, lost, losses: Object.fromEntries(losses), longestMs: Math.max(...waits) };
  }

  #leave(): void {
    clearInterval(this.#timer);
    this.#keepAlive.destroy();
  }

  #send(): void {
    if (this.#pending.size >= maxPending) return;
    const { connections = 'both' } = this.#options;
    const isKept = connections === 'both' ? this.#sent++ % 2 === 0 : connections === 'kept';
    const sentAt = performance.now();
    const visiting = this.#visitAgain(isKept).then((loss) => {
      const visit = { sentAt, endedAt: performance.now(), loss };
      this.#visits.push(visit);
      for (const look of this.#waiting) look(visit);
      this.#pending.delete(visiting);
    });
    this.#pending.add(visiting);
  }

  async #visitAgain(isKept: boolean): Promise<string | undefined> {
    const loss = await this.#visit(isKept);
    if (loss !== 'ECONNRESET' || !this.#options.triesAgain) return loss;
    this.retried++;
    return await this.#visit(isKept);
  }

  /** Undefined: served. */
  #visit(isKept: boolean): Promise<string | undefined> {
    const { server, url, expected } = this.#target;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const options = { ...visitorOptions(server, url), agent: isKept ? this.#keepAlive : false };
    const sent = request(options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('error', ({ message }) => resolve(message));
      answer.on('end', () => {
        const isRight = answer.statusCode === 200 && body === expected;
        const code = String(answer.headers['adit-error-code'] ?? '');
        resolve(isRight ? undefined : `${answer.statusCode} ${code || body.slice(0, 40)}`.trim());
      });
    });
    const late = setTimeout(() => sent.destroy(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs);
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end();
    return promise.finally(() => clearTimeout(late));
  }
}

export interface VisitorCount {
  readonly sent: number;
  readonly lost: number;
  /** How many, by what the visitor saw. */
  readonly losses: Readonly<Record<string, number>>;
  /** The longest wait for an answer, right or wrong; undefined: not measured. */
  readonly longestMs: number | undefined;
}
