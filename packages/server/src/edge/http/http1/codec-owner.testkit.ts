// A visitor and an owner for the codec: what each test of this folder stands on.
import net, { type AddressInfo } from 'node:net';
import { Duplex, duplexPair } from 'node:stream';
import type { AditError } from '@adit/contracts';
import { onTestFinished } from 'vitest';
import { type FakeClock, fakeClock } from '../../../clock/fake-clock.testkit.ts';
import type { CodecOwner, Transport } from '../codec.ts';
import type { AnswerHead, Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import { defaultHttpLimits, type HttpLimits } from '../http-limits.ts';
import { Http1Codec } from './http1-codec.ts';

/** What its owner was told of one exchange. */
export class SeenExchange implements ExchangeOwner {
  readonly exchange: Exchange;
  readonly pieces: Buffer[] = [];
  trailers: HeaderLines | null = null;
  drains = 0;
  readonly closes: boolean[] = [];
  onPiece: (() => void) | null = null;
  onClosed: (() => void) | null = null;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
    exchange.own(this);
  }

  get body(): string {
    return Buffer.concat(this.pieces).toString('latin1');
  }

  onBody(piece: Buffer): void {
    this.pieces.push(piece);
    this.onPiece?.();
  }

  onBodyEnd(trailers: HeaderLines): void {
    this.trailers = trailers;
  }

  onDrain(): void {
    this.drains++;
  }

  onClose(isWhole: boolean): void {
    this.closes.push(isWhole);
    this.onClosed?.();
  }
}

export class FakeCodecOwner implements CodecOwner {
  isDraining = false;
  closes = 0;
  readonly seen: SeenExchange[] = [];
  readonly problems: AditError[] = [];
  readonly #onExchange: (seen: SeenExchange) => void;

  constructor(onExchange: (seen: SeenExchange) => void) {
    this.#onExchange = onExchange;
  }

  onExchange(exchange: Exchange): void {
    const seen = new SeenExchange(exchange);
    this.seen.push(seen);
    this.#onExchange(seen);
  }

  onMalformed(error: AditError): string {
    this.problems.push(error);
    return `HTTP/1.1 ${error.status} Refused\r\nContent-Length: 0\r\n\r\n`;
  }

  onClose(): void {
    this.closes++;
  }
}

export const nothing = (): void => {};

/** Of every answer that brings none of its own, as long as the clock stands. */
export const dateLine = 'Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n';

/** For tests that are about something else. */
function undated(text: string): string {
  return text.replaceAll(dateLine, '');
}

export function answerHead(parts: Partial<AnswerHead> = {}): AnswerHead {
  return { status: 200, reason: null, headers: [], hasBody: true, mayHaveTrailers: false, isLast: false, ...parts };
}

/** Answers with a content of known length, in one turn. */
export function answerWith(exchange: Exchange, content: string, parts: Partial<AnswerHead> = {}): void {
  exchange.answer(answerHead({ headers: ['Content-Length', String(content.length)], ...parts }));
  exchange.write(Buffer.from(content, 'latin1'));
  exchange.end([]);
}

export interface Visit {
  /** The visitor's end. */
  readonly visitor: Duplex;
  /** Our end. */
  readonly stream: Duplex;
  readonly owner: FakeCodecOwner;
  readonly transport: Transport;
  readonly clock: FakeClock;
  /** What was handed to each `write` of our end. */
  readonly writes: string[];
  /** All that the visitor has received, `dateLine` left out. */
  readonly received: () => string;
  /** The same with it. */
  readonly receivedBytes: () => string;
  /** The visitor sends this; resolves when it had its effect. */
  send(bytes: string): Promise<void>;
}

export interface VisitOptions {
  readonly limits?: Partial<HttpLimits>;
  /** False: the visitor reads nothing of what comes. Default true. */
  readonly isReading?: boolean;
  readonly onExchange?: (seen: SeenExchange) => void;
}

/** A visitor in memory. */
export function visit(options: VisitOptions = {}): Visit {
  const [visitor, stream] = duplexPair({ highWaterMark: 64 * 1024 });
  // As a socket does: whoever is destroyed takes the other end along.
  visitor.once('close', () => stream.destroy());
  stream.once('close', () => visitor.destroy());
  return accepted(visitor, stream, options);
}

/** A visitor over TCP, half-open as the plain listener has it. */
export async function visitOverTcp(options: VisitOptions & { allowHalfOpen?: boolean } = {}): Promise<Visit> {
  const { allowHalfOpen = true } = options;
  const server = net.createServer({ allowHalfOpen, noDelay: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepting = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const visitor = net.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const stream = await accepting;
  onTestFinished(() => {
    visitor.destroy();
    stream.destroy();
    server.close();
  });
  return accepted(visitor, stream, options);
}

/** A stream that takes each write only when told to, all parts of one together. */
export class HeldStream extends Duplex {
  /** What each write that reached the stream was made of. */
  readonly batches: string[][] = [];
  readonly #waiting: (() => void)[] = [];

  /** The oldest write that waits is done. */
  async finishOne(): Promise<void> {
    this.#waiting.shift()?.();
    await turns(2);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#hold([chunk], done);
  }

  override _writev(parts: { chunk: Buffer }[], done: () => void): void {
    this.#hold(
      parts.map(({ chunk }) => chunk),
      done,
    );
  }

  #hold(parts: Buffer[], done: () => void): void {
    this.batches.push(parts.map((part) => undated(part.toString('latin1'))));
    this.#waiting.push(done);
  }
}

/** The codec on one end of any pair of streams. */
export function accepted(visitor: Duplex, stream: Duplex, options: VisitOptions): Visit {
  const clock = fakeClock();
  const limits = { ...defaultHttpLimits, ...options.limits };
  const owner = new FakeCodecOwner(options.onExchange ?? nothing);
  const writes = recordWrites(stream);
  const received: Buffer[] = [];
  if (options.isReading ?? true) visitor.on('data', (chunk: Buffer) => received.push(chunk));
  visitor.on('error', nothing);
  return {
    ...{ visitor, stream, owner, clock, writes },
    transport: new Http1Codec({ clock, limits }).accept(stream, owner),
    received: () => undated(Buffer.concat(received).toString('latin1')),
    receivedBytes: () => Buffer.concat(received).toString('latin1'),
    send: (bytes) => {
      visitor.write(Buffer.from(bytes, 'latin1'));
      return turns();
    },
  };
}

function recordWrites(stream: Duplex): string[] {
  const writes: string[] = [];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    writes.push(undated(typeof args[0] === 'string' ? args[0] : (args[0] as Buffer).toString('latin1')));
    return write(...args);
  };
  return writes;
}

/** Lets some turns of the loop pass: enough for whatever needs no more than memory. */
export async function turns(count = 8): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for something that other turns of the loop bring about. Fails the test by its own time-out. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
