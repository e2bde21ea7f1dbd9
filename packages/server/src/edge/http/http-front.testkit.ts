// What each test of this folder stands on: a front that closes with its test, and small clients.
import http from 'node:http';
import net from 'node:net';
import { onTestFinished } from 'vitest';
import { type FrontOptions, openFront, type TestFront } from './open-front.testkit.ts';

export {
  type FakeLink,
  fakeLink,
  fakeRoute,
  renewed,
  type TestFront,
  type Upstream,
  visitorFacts,
} from './open-front.testkit.ts';

/** As `openFront`; it closes with the test that asks for it. */
export async function startFront(options: FrontOptions = {}): Promise<TestFront> {
  const { close, ...front } = await openFront(options);
  onTestFinished(close);
  return front;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** One request over HTTP/1.1, on a connection of its own unless `agent` is given. */
export function request(
  port: number,
  options: http.RequestOptions & { host?: string; body?: string } = {},
): Promise<Answer> {
  const { body, host = 'app.example.test', headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = http.request({
      agent: false,
      ...rest,
      host: '127.0.0.1',
      port,
      headers: { host, ...(headers as object) },
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      readAll(answer).then(
        (text) =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            rawHeaders: answer.rawHeaders,
            trailers: answer.trailers,
            body: text,
          }),
        reject,
      );
    });
    sent.end(body);
  });
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** Sends bytes as they are; answers all that comes back until the other side closes. */
export function exchangeBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

/** Waits for something that other turns of the loop bring about. Fails the test by its own time-out. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until a number has not moved for many turns of the loop. */
export async function stable(read: () => number): Promise<void> {
  let before = -1;
  let turns = 0;
  await until(() => {
    turns = read() === before ? turns + 1 : 0;
    before = read();
    return before > 0 && turns > 2000;
  });
}
