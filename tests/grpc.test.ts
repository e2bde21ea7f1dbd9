// gRPC through a real server and a real agent, with gRPC's own library at both ends.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type CallOptions,
  type Client,
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { methods, openGrpcClient, startGrpcService } from './support/grpc.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

type Unary = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => void;

const echo: Unary = (call, answer) => answer(null, call.request);

/** A service behind an endpoint, and a client of it. */
async function expose(implementation: UntypedServiceImplementation) {
  const [server, port] = await Promise.all([startServer(), startGrpcService({ ...unimplemented, ...implementation })]);
  const args = ['--upstream-protocol', 'http2'];
  const { url } = await startAgent(server, port, { ...firstRunOf(server), args });
  return { server, url, client: openGrpcClient(server, url) };
}

const unimplemented: UntypedServiceImplementation = Object.fromEntries(
  Object.keys(methods).map((name) => [name, () => expect.unreachable()]),
);

interface Called {
  readonly answer: Buffer | undefined;
  readonly error: ServiceError | null;
  readonly headers: Metadata | undefined;
  readonly status: { readonly code: number; readonly details: string; readonly metadata: Metadata };
}

/** A unary call until all that belongs to it has come. */
async function call(client: Client, request: string | Buffer, metadata = new Metadata()): Promise<Called> {
  const { path, requestSerialize, responseDeserialize } = methods.unary;
  let headers: Metadata | undefined;
  const result = Promise.withResolvers<Pick<Called, 'answer' | 'error'>>();
  const sent = client.makeUnaryRequest(
    ...([path, requestSerialize, responseDeserialize, Buffer.from(request), metadata] as const),
    (error, answer) => result.resolve({ error, answer }),
  );
  sent.on('metadata', (received) => {
    headers = received;
  });
  const [ended] = (await once(sent, 'status')) as [Called['status']];
  return { ...(await result.promise), headers, status: ended };
}

function serverStream(client: Client, request: string) {
  const { path, requestSerialize, responseDeserialize } = methods.serverStream;
  return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, Buffer.from(request));
}

function clientStream(client: Client, words: readonly string[]): Promise<string | undefined> {
  const { path, requestSerialize, responseDeserialize } = methods.clientStream;
  return new Promise((resolve, reject) => {
    const sent = client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, (error, answer) =>
      error ? reject(error) : resolve(answer?.toString()),
    );
    for (const word of words) sent.write(Buffer.from(word));
    sent.end();
  });
}

function bidi(client: Client, options: CallOptions = {}) {
  const { path, requestSerialize, responseDeserialize } = methods.bidi;
  return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, options);
}

async function nextMessage(stream: NodeJS.EventEmitter): Promise<string> {
  const [message] = (await once(stream, 'data')) as [Buffer];
  return message.toString();
}

it('a unary call brings metadata there and back, trailers behind the answer, and errors as they are', async () => {
  const unary: Unary = (received, answer) => {
    if (received.request.length === 0) {
      const metadata = new Metadata();
      metadata.set('x-why', 'closed');
      return answer({ code: status.FAILED_PRECONDITION, details: 'not today: ü%', metadata });
    }
    const headers = new Metadata();
    headers.set('x-echo', received.metadata.get('x-sent').join(', '));
    headers.set('x-echo-bin', received.metadata.get('x-sent-bin')[0] ?? '');
    received.sendMetadata(headers);
    const trailers = new Metadata();
    trailers.set('x-behind', 'all');
    answer(null, Buffer.concat([Buffer.from('re '), received.request]), trailers);
  };
  const { client } = await expose({ unary });
  const metadata = new Metadata();
  metadata.add('x-sent', 'one');
  metadata.add('x-sent', 'two');
  metadata.set('x-sent-bin', Buffer.from([0, 255, 10]));
  const called = await call(client, 'hello', metadata);
  expect(called.answer?.toString()).toBe('re hello');
  expect(called.headers?.get('x-echo')).toEqual(['one, two']);
  expect(called.headers?.get('x-echo-bin')).toEqual([Buffer.from([0, 255, 10])]);
  expect(called.status).toMatchObject({ code: status.OK });
  expect(called.status.metadata.get('x-behind')).toEqual(['all']);
  const { error } = await call(client, '');
  expect(error).toMatchObject({ code: status.FAILED_PRECONDITION, details: 'not today: ü%' });
  expect(error?.metadata.get('x-why')).toEqual(['closed']);
});

it('streams of every kind bring each message before the next is sent, and each side ends by itself', async () => {
  const streams: ServerWritableStream<Buffer, Buffer>[] = [];
  const { client } = await expose({
    serverStream(stream: ServerWritableStream<Buffer, Buffer>) {
      streams.push(stream);
      stream.write(Buffer.from('0'));
    },
    clientStream(stream: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      const heard: Buffer[] = [];
      stream.on('data', (message: Buffer) => heard.push(message));
      stream.on('end', () => answer(null, Buffer.concat(heard)));
    },
    bidi(stream: ServerDuplexStream<Buffer, Buffer>) {
      stream.on('data', (message: Buffer) => stream.write(Buffer.concat([Buffer.from('re '), message])));
      stream.on('end', () => {
        stream.write(Buffer.from('last'));
        stream.end();
      });
    },
  });

  const received = serverStream(client, 'go');
  for (let i = 0; i < 5; i++) {
    expect(await nextMessage(received)).toBe(`${i}`);
    streams[0]?.write(Buffer.from(`${i + 1}`));
  }
  const finished = once(received, 'status');
  streams[0]?.end();
  expect((await finished)[0]).toMatchObject({ code: status.OK });

  expect(await clientStream(client, ['a', 'b', 'c'])).toBe('abc');

  const both = bidi(client);
  for (let i = 0; i < 5; i++) {
    both.write(Buffer.from(`${i}`));
    expect(await nextMessage(both)).toBe(`re ${i}`);
  }
  const ended = once(both, 'status');
  both.end();
  expect(await nextMessage(both)).toBe('last');
  expect((await ended)[0]).toMatchObject({ code: status.OK });
});

it('the service learns that its client has cancelled a call, or that its time is up', async () => {
  const arrived: ServerDuplexStream<Buffer, Buffer>[] = [];
  let cancelled = 0;
  const { client } = await expose({
    bidi(stream: ServerDuplexStream<Buffer, Buffer>) {
      stream.on('cancelled', () => cancelled++);
      stream.resume();
      arrived.push(stream);
    },
  });
  const given = bidi(client).resume();
  const gaveUp = once(given, 'error');
  await expect.poll(() => arrived.length).toBe(1);
  given.cancel();
  expect((await gaveUp)[0]).toMatchObject({ code: status.CANCELLED });
  await expect.poll(() => cancelled).toBe(1);
  // Only now: its time must not be up before.
  const late = bidi(client, { deadline: Date.now() + 4_000 }).resume();
  const timedOut = once(late, 'error');
  await expect.poll(() => arrived.length).toBe(2);
  expect((await timedOut)[0]).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  await expect.poll(() => cancelled).toBe(2);
});

it('a message of 4 MB arrives whole in both directions, and 100 calls at once get their own answers', async () => {
  const { client } = await expose({ unary: echo });
  const message = randomBytes(4_000_000);
  const { answer } = await call(client, message);
  expect(answer?.equals(message)).toBe(true);
  const called = await Promise.all(Array.from({ length: 100 }, (_, i) => call(client, `${i}`)));
  expect(called.map((each) => each.answer?.toString())).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
});

it('a visitor who speaks HTTP/1.1 reaches the same service', async () => {
  const { server, url } = await expose({ unary: echo });
  const answer = await visit(server, `${url}${methods.unary.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/grpc', te: 'trailers' },
    body: Buffer.from([0, 0, 0, 0, 2, 104, 105]),
  });
  expect(answer).toMatchObject({ status: 200, body: '\0\0\0\0\x02hi' });
});

it('HTTP/2 over TLS reaches a service that chooses it, and a service of HTTP/1.1 is told apart', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const options = { ...firstRunOf(server), args: ['--upstream-protocol', 'http2'] };
  // The control API stands for any service that speaks TLS.
  const overTls = await startAgent(server, `https://127.0.0.1:${new URL(server.ready.api).port}`, options);
  const answer = await visit(server, `${overTls.url}/credentials`, { headers: { authorization: `Bearer ${apiKey}` } });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toHaveProperty('credentials');

  const { port } = await startUpstream((_request, response) => response.end('HTTP/1.1'));
  const plain = await startAgent(server, port, options);
  expect(await visit(server, plain.url)).toMatchObject({
    status: 502,
    headers: { 'adit-error-code': 'ERR_ADIT_3004' },
  });
});
