import http2 from 'node:http2';
import { type Head, type Item, type Lines, MessageScript } from './message-script.ts';
import { type Part, patternText } from './pattern.ts';
import { Changing } from './waiting.ts';

// What HTTP/2 says in other words than lines (RFC 9113 §8.2.2).
const connectionLines = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'http2-settings'];

/** A request on its own HTTP/2 stream, and what has come of its answer. */
interface Asked {
  readonly stream: http2.ClientHttp2Stream;
  readonly received: Item[];
  trailers: Lines;
}

/** A visitor who means what the HTTP/1.1 text of a scenario says, and speaks HTTP/2 (by node:http2). */
export class H2Party {
  readonly #session: http2.ClientHttp2Session;
  readonly #asked: Asked[] = [];
  readonly #requests = new MessageScript('requests');
  readonly #answers = new MessageScript('answers');
  readonly #changing = new Changing();
  /** The stream that the next expected message comes on. */
  #reading = 0;
  #isClosed = false;
  #mayGetMore = false;

  constructor(port: number) {
    this.#session = http2.connect(`http://127.0.0.1:${port}`);
    this.#session.on('error', () => {});
    this.#session.on('close', () => {
      this.#isClosed = true;
      this.#changing.changed();
    });
  }

  sends(text: string): void {
    for (const item of this.#requests.feed(text)) this.#send(item);
  }

  async sendsBytewise(text: string): Promise<void> {
    this.sends(text);
  }

  ends(): void {}

  resets(): void {
    for (const { stream } of this.#asked) if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL);
  }

  async receives(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      if (part.kind === 'error') await this.#receivesError(part);
      else {
        const text = part.kind === 'chunks' ? chunked(part.text) : patternText([part]);
        for (const item of this.#answers.feed(text)) await this.#receives(item);
      }
    }
  }

  /** Of the answer under way: more content than this may come, and is not looked at. */
  receivesAtMost(): void {
    this.#mayGetMore = true;
  }

  /** HTTP/2 ends streams, not connections. */
  async isEndedNow(): Promise<void> {}

  /** Waits until the answer under way is broken off: its stream is reset. */
  async isCutNow(): Promise<void> {
    const { stream, received } = this.#asked[this.#reading++] ?? {};
    await this.#changing.until(
      () => stream?.closed || undefined,
      () => 'the stream is not reset',
    );
    if (received?.some(({ kind }) => kind === 'end')) throw new Error('the answer is whole, and not cut');
    if (received?.length && !this.#mayGetMore)
      throw new Error(`the visitor got more than he should: ${JSON.stringify(received)}`);
    if (stream?.rstCode === 0) throw new Error('the stream has ended without an error');
  }

  async isClosedNow(): Promise<void> {
    await this.#changing.until(
      () => this.#isClosed || undefined,
      () => 'the connection is not closed',
    );
    this.checkNothingLeft();
  }

  checkNothingLeft(): void {
    if (this.#mayGetMore) return;
    for (const { received } of this.#asked)
      if (received.length > 0) throw new Error(`the visitor got more than he should: ${JSON.stringify(received)}`);
  }

  leaves(): void {
    this.#session.close();
  }

  #send(item: Item): void {
    const asked = this.#asked.at(-1);
    switch (item.kind) {
      case 'head':
        return this.#ask(item);
      case 'body':
        return void asked?.stream.write(Buffer.from(item.text, 'latin1'));
      case 'end':
        if (asked === undefined || asked.stream.writableEnded) return;
        asked.trailers = item.trailers;
        asked.stream.end();
        return;
      case 'interim':
        throw new Error('A request has no interim head');
    }
  }

  #ask({ start: [method = '', path = '', version], headers, hasBody }: Head): void {
    this.#answers.methods.push(method);
    const host = version === 'HTTP/2' ? undefined : headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
    const lines = [':method', method];
    if (method !== 'CONNECT') lines.push(':scheme', 'https', ':path', path);
    if (host !== undefined) lines.push(':authority', host);
    for (const [name, value] of headers) {
      const lower = name.toLowerCase();
      if (!connectionLines.includes(lower) && (lower !== 'host' || host === undefined)) lines.push(lower, value);
    }
    const stream = this.#session.request(lines, {
      endStream: !hasBody,
      waitForTrailers: hasBody,
    });
    this.#listen(stream);
  }

  #listen(stream: http2.ClientHttp2Stream): void {
    const asked: Asked = { stream, received: [], trailers: [] };
    const take = (item: Item): void => {
      const last = asked.received.at(-1);
      if (item.kind === 'body' && last?.kind === 'body')
        asked.received.splice(-1, 1, { kind: 'body', text: last.text + item.text });
      else asked.received.push(item);
      this.#changing.changed();
    };
    let trailers: Lines = [];
    const onHead = (kind: 'interim' | 'head') => (_: unknown, __: unknown, raw: string[]) =>
      take({ kind, start: ['', raw[1] ?? ''], headers: linesOf(raw), hasBody: true });
    stream.on('headers', onHead('interim'));
    stream.on('response', onHead('head') as (headers: http2.IncomingHttpHeaders) => void);
    stream.on('data', (bytes: Buffer) => take({ kind: 'body', text: bytes.toString('latin1') }));
    stream.on('trailers', ((_: unknown, __: unknown, raw: string[]) => {
      trailers = linesOf(raw);
    }) as (headers: http2.IncomingHttpHeaders) => void);
    stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(asked.trailers)));
    stream.on('end', () => {
      if (stream.rstCode === 0) take({ kind: 'end', trailers });
    });
    stream.on('error', () => {});
    stream.on('close', () => this.#changing.changed());
    this.#asked.push(asked);
  }

  async #receives(expected: Item): Promise<void> {
    const asked = this.#asked[this.#reading];
    const describe = (): string =>
      `the visitor has not got ${JSON.stringify(expected)} but ${JSON.stringify(asked?.received)}`;
    await this.#changing.until(() => {
      const [item] = asked?.received ?? [];
      if (item === undefined && asked?.stream.closed) throw new Error(describe());
      if (item === undefined) return undefined;
      const left = remainder(expected, item);
      if (left === 'unfinished') return undefined;
      if (left === 'different') throw new Error(describe());
      asked?.received.splice(0, 1, ...left);
      return true;
    }, describe);
    if (expected.kind === 'end') this.#reading++;
  }

  async #receivesError({ status, code }: Part & { kind: 'error' }): Promise<void> {
    const asked = this.#asked[this.#reading++];
    this.#answers.methods.shift();
    const describe = (): string => `the visitor has not got error ${code} but ${JSON.stringify(asked?.received)}`;
    await this.#changing.until(() => {
      const items = asked?.received ?? [];
      if (items.at(-1)?.kind !== 'end') return undefined;
      const [head] = items.splice(0);
      if (head?.kind !== 'head' || head.start[1] !== String(status)) throw new Error(describe());
      const valueOf = (wanted: string): string => head.headers.find(([name]) => name === wanted)?.[1] ?? '';
      if (valueOf('adit-error-code') !== `ERR_ADIT_${code}`) throw new Error(describe());
      if (!/^req_[0-9A-Za-z]{27}$/.test(valueOf('adit-request-id'))) throw new Error(describe());
      return true;
    }, describe);
  }
}

function chunked(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** Raw lines of node:http2 as pairs, without pseudo-headers and the date that it adds where there is none. */
function linesOf(raw: readonly string[]): Lines {
  const lines: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) if (!raw[i]?.startsWith(':')) lines.push([raw[i] ?? '', raw[i + 1] ?? '']);
  if (lines.at(-1)?.[0] === 'date') lines.pop();
  return lines;
}

/** What HTTP/1.1 lines are over HTTP/2. */
function overHttp2(lines: Lines): Lines {
  const kept = lines.filter(([name]) => !connectionLines.includes(name.toLowerCase()));
  return kept.map(([name, value]) => [name.toLowerCase(), value] as const);
}

/** What is left of an item received once the expected one is taken from it. */
function remainder(expected: Item, item: Item): Item[] | 'unfinished' | 'different' {
  if (expected.kind === 'body') {
    if (item.kind !== 'body') return 'different';
    if (item.text.startsWith(expected.text)) {
      const text = item.text.slice(expected.text.length);
      return text === '' ? [] : [{ kind: 'body', text }];
    }
    return expected.text.startsWith(item.text) ? 'unfinished' : 'different';
  }
  if (item.kind === 'body' || item.kind !== expected.kind) return 'different';
  if (item.kind === 'end' && expected.kind === 'end')
    return isSame(item.trailers, expected.trailers) ? [] : 'different';
  if (item.kind === 'end' || expected.kind === 'end') return 'different';
  const isSameStatus = item.start[1] === expected.start[1];
  return isSameStatus && isSame(item.headers, expected.headers) ? [] : 'different';
}

function isSame(received: Lines, expected: Lines): boolean {
  return JSON.stringify(received) === JSON.stringify(overHttp2(expected));
}
