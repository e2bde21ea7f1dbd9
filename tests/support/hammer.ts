import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { closed } from './closed.ts';
import type { TestServer } from './server.ts';
import { visitorOptions } from './visitor.ts';

/** Nothing takes that long. */
const patienceMs = 10_000;

/** Answers what one visit came to; rejects when the connection was lost. */
type Visit = (worker: number) => Promise<string>;

/** Several visitors who come again the moment they have an answer, until told to stop. */
export class Hammer {
  /** What they got → how often. */
  readonly met = new Map<string, number>();
  readonly #waiting: { isIt(what: string): boolean; resolve(): void }[] = [];
  readonly #workers: Promise<void>[];
  #isOver = false;

  constructor(visit: Visit, workers = 8) {
    this.#workers = Array.from({ length: workers }, (_, worker) => this.#work(visit, worker));
    onTestFinished(() => {
      this.#isOver = true;
    });
  }

  /** Resolves when somebody gets that, from now on. */
  async meets(wanted: string | RegExp): Promise<void> {
    const isIt = (what: string) => (typeof wanted === 'string' ? what === wanted : wanted.test(what));
    await new Promise<void>((resolve) => this.#waiting.push({ isIt, resolve }));
  }

  /** Answers all that they got. */
  async stop(): Promise<Readonly<Record<string, number>>> {
    this.#isOver = true;
    await Promise.all(this.#workers);
    return Object.fromEntries(this.met);
  }

  async #work(visit: Visit, worker: number): Promise<void> {
    while (!this.#isOver) {
      const what = await visit(worker).catch(() => 'lost');
      this.met.set(what, (this.met.get(what) ?? 0) + 1);
      for (const one of this.#waiting.filter(({ isIt }) => isIt(what))) {
        this.#waiting.splice(this.#waiting.indexOf(one), 1);
        one.resolve();
      }
    }
  }
}

/** Over HTTP/1.1 by new connections and by kept ones, and over HTTP/2: the status, and the error's code or else the body. */
export function hammerHttp(server: Pick<TestServer, 'ca'>, url: string, headers: Record<string, string> = {}): Hammer {
  const kept = new Agent({ keepAlive: true, maxSockets: 2 });
  const sessions = new Http2Sessions(server, url);
  onTestFinished(() => {
    kept.destroy();
    sessions.close();
  });
  return new Hammer((worker) => {
    if (worker % 4 === 3) return sessions.visit(headers);
    return visitHttp1(server, { url, headers, agent: worker % 2 === 0 ? kept : new Agent() });
  });
}

/** Bytes that a service behind a port says before it is asked anything. */
export function hammerTcp(port: number): Hammer {
  return new Hammer(async () => {
    const socket = connect({ host: '127.0.0.1', port });
    // A reset must not hide what was read before it.
    let heard = '';
    socket.on('data', (piece) => {
      heard += String(piece);
    });
    let isOpen = false;
    socket.on('connect', () => {
      isOpen = true;
    });
    socket.on('error', () => undefined).setTimeout(patienceMs, () => socket.destroy());
    await closed(socket);
    if (heard !== '') return `heard ${heard}`;
    return isOpen ? 'nothing' : 'lost';
  });
}

function shown(status: number | undefined, code: unknown, body: string): string {
  return `${status} ${typeof code === 'string' ? code : body}`;
}

async function visitHttp1(
  server: Pick<TestServer, 'ca'>,
  { url, headers, agent }: { url: string; headers: Record<string, string>; agent: Agent },
): Promise<string> {
  const options = visitorOptions(server, url);
  const own = options.headers as Record<string, string>;
  return await new Promise((resolve, reject) => {
    const sent = request({ ...options, agent, headers: { ...own, ...headers }, timeout: patienceMs }, (answer) => {
      text(answer).then((body) => resolve(shown(answer.statusCode, answer.headers['adit-error-code'], body)), reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject).end();
  });
}

class Http2Sessions {
  readonly #server: Pick<TestServer, 'ca'>;
  readonly #url: URL;
  #session: ClientHttp2Session | null = null;

  constructor(server: Pick<TestServer, 'ca'>, url: string) {
    this.#server = server;
    this.#url = new URL(url);
  }

  async visit(headers: Record<string, string>): Promise<string> {
    const stream = this.#open().request({ ':path': this.#url.pathname, ':authority': this.#url.host, ...headers });
    stream.setTimeout(patienceMs, () => stream.destroy(new Error('no answer')));
    return await new Promise((resolve, reject) => {
      let body = '';
      let head: Record<string, unknown> | null = null;
      stream.on('response', (lines) => {
        head = lines;
      });
      stream.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      // A stream may end without an error and without an answer.
      stream.on('end', () => head && resolve(shown(Number(head[':status']), head['adit-error-code'], body)));
      stream.on('error', reject).on('close', () => reject(new Error('closed')));
    });
  }

  close(): void {
    this.#session?.destroy();
  }

  #open(): ClientHttp2Session {
    if (this.#session && !this.#session.destroyed && !this.#session.closed) return this.#session;
    const { hostname, port } = this.#url;
    const options = { ca: this.#server.ca, servername: hostname };
    this.#session = connectHttp2(`https://127.0.0.1:${port}`, options).on('error', () => undefined);
    return this.#session;
  }
}
