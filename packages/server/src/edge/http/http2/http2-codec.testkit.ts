// The codec alone, on real sockets, before an owner that does what a test says.
import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import type { AditError } from '@adit/contracts';
import { HeldBudget } from '@adit/wire';
import { onTestFinished } from 'vitest';
import { type FakeClock, fakeClock } from '../../../clock/fake-clock.testkit.ts';
import type { CodecOwner, Transport } from '../codec.ts';
import type { AnswerHead, Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import { defaultHttpLimits, type HttpLimits } from '../http-limits.ts';
import { Http2Codec } from './http2-codec.ts';

/** An exchange and all that its owner was told. */
export class Recorder implements ExchangeOwner {
  readonly exchange: Exchange;
  readonly pieces: Buffer[] = [];
  trailers: HeaderLines | null = null;
  drains = 0;
  /** What `onClose` said; null before it. */
  isWhole: boolean | null = null;
  closes = 0;
  /** Called in place of doing nothing. */
  onPiece: ((piece: Buffer) => void) | null = null;
  onWhole: (() => void) | null = null;
  onRoom: (() => void) | null = null;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString('latin1');
  }

  get bytes(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  onBody(piece: Buffer): void {
    this.pieces.push(piece);
    this.onPiece?.(piece);
  }

  onBodyEnd(trailers: HeaderLines): void {
    if (this.trailers) throw new Error('The end came twice');
    this.trailers = trailers;
    this.onWhole?.();
  }

  onDrain(): void {
    this.drains++;
    this.onRoom?.();
  }

  onClose(isWhole: boolean): void {
    this.isWhole = isWhole;
    this.closes++;
  }
}

/** A head with nothing unusual. */
export function answerHead(parts: Partial<AnswerHead> = {}): AnswerHead {
  return { status: 200, reason: null, headers: [], hasBody: true, mayHaveTrailers: false, isLast: false, ...parts };
}

/** Answers `text` at once. */
export function answerText(exchange: Exchange, text: string): void {
  exchange.answer(answerHead({ headers: ['content-length', String(text.length)] }));
  exchange.write(Buffer.from(text));
  exchange.end([]);
}

export interface TestCodec {
  readonly port: number;
  readonly clock: FakeClock;
  readonly codec: Http2Codec;
  /** Every exchange that was handed over. */
  readonly recorders: Recorder[];
  readonly transports: Transport[];
  /** The server's ends. */
  readonly sockets: net.Socket[];
  isDraining: boolean;
  /** Connections that ended. */
  closed: number;
  /** A client of node:http2. */
  connect(): Promise<http2.ClientHttp2Session>;
}

export interface TestCodecOptions {
  /** What the owner does with each exchange, after owning it. Default: answers `ok`. */
  readonly handle?: (recorder: Recorder) => void;
  readonly limits?: Partial<HttpLimits>;
  /** True: the codec gets a connection when its first bytes are there, as from a listener that read ahead. */
  readonly acceptsLate?: boolean;
}

export async function startCodec(options: TestCodecOptions = {}): Promise<TestCodec> {
  const clock = fakeClock();
  const limits = { ...defaultHttpLimits, ...options.limits };
  const codec = new Http2Codec({ clock, limits, held: new HeldBudget(limits.h2MaxHeldBytesInAll) });
  const handle = options.handle ?? (({ exchange }) => answerText(exchange, 'ok'));
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kit: TestCodec = {
    ...{ port, clock, codec, recorders: [], transports: [], sockets: [], isDraining: false, closed: 0 },
    async connect() {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      session.on('error', () => {});
      onTestFinished(() => session.destroy());
      await once(session, 'connect');
      return session;
    },
  };
  server.on('connection', (socket) => {
    kit.sockets.push(socket);
    const accept = (): void => void kit.transports.push(codec.accept(socket, ownerOf(kit, handle)));
    if (options.acceptsLate) socket.once('readable', accept);
    else accept();
  });
  onTestFinished(() => {
    for (const socket of kit.sockets) socket.destroy();
    server.close();
  });
  return kit;
}

function ownerOf(kit: TestCodec, handle: (recorder: Recorder) => void): CodecOwner {
  return {
    get isDraining() {
      return kit.isDraining;
    },
    onExchange(exchange) {
      const recorder = new Recorder(exchange);
      kit.recorders.push(recorder);
      exchange.own(recorder);
      handle(recorder);
    },
    onMalformed(error: AditError): string {
      throw error;
    },
    onClose() {
      kit.closed++;
    },
  };
}

export interface Received {
  status: number;
  headers: http2.IncomingHttpHeaders;
  trailers: http2.IncomingHttpHeaders;
  interim: http2.IncomingHttpHeaders[];
  body: string;
  /** The error code that the stream ended with. */
  code: number;
}

/** One request to its end. `body`: null leaves the stream open. */
export function receive(stream: http2.ClientHttp2Stream): Promise<Received> {
  const received: Received = { status: 0, headers: {}, trailers: {}, interim: [], body: '', code: -1 };
  return new Promise((resolve) => {
    stream.on('headers', (interim) => received.interim.push(interim));
    stream.on('response', (headers) => {
      received.headers = headers;
      received.status = headers[':status'] ?? 0;
    });
    stream.on('trailers', (trailers) => {
      received.trailers = trailers;
    });
    stream.on('data', (bytes: Buffer) => {
      received.body += bytes.toString('latin1');
    });
    stream.on('error', () => {});
    stream.on('close', () => resolve({ ...received, code: stream.rstCode }));
  });
}
