import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { answerHead, answerText, type Recorder, receive, startCodec } from './http2-codec.testkit.ts';
import { connectRawH2, frameType, h2Frame, literalHeaders, requestLines, uint32 } from './raw-h2.testkit.ts';

const extended = { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat?x', 'sec-websocket-version': '13' };

function headerOf({ exchange }: Recorder, wanted: string): string[] {
  return exchange.headers.filter((_, i) => i % 2 === 1 && exchange.headers[i - 1] === wanted);
}

function acceptOf(recorder: Recorder): string {
  const [key = ''] = headerOf(recorder, 'sec-websocket-key');
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

const switching = (headers: string[]) => answerHead({ status: 101, headers, hasBody: false });

const connectLines = (): Buffer =>
  literalHeaders([[':protocol', 'websocket'], ...requestLines('a', { method: 'CONNECT' })]);

async function open(handle: (recorder: Recorder) => void, headers: http2.OutgoingHttpHeaders = {}) {
  const kit = await startCodec({ handle });
  const session = await kit.connect();
  await once(session, 'remoteSettings');
  expect(session.remoteSettings.enableConnectProtocol).toBe(true);
  const stream = session.request({ ...extended, ...headers });
  stream.on('error', () => {});
  return { kit, stream, session };
}

test('RFC 8441 a WebSocket over HTTP/2 is shown as the HTTP/1 upgrade it stands for', async () => {
  const { kit, stream } = await open((recorder) => {
    const lines = ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', acceptOf(recorder)];
    recorder.exchange.acceptUpgrade(switching([...lines, 'Sec-WebSocket-Protocol', 'chat'])).resume();
  });
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(headers).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'chat' });
  for (const name of ['sec-websocket-accept', 'upgrade', 'connection']) expect(headers).not.toHaveProperty(name);
  const [recorder] = kit.recorders;
  expect(recorder?.exchange).toMatchObject({
    ...{ method: 'GET', target: '/chat?x', upgrade: ['websocket'], hasBody: false, hasLength: false, isAnswered: true },
  });
  expect(recorder && headerOf(recorder, 'sec-websocket-version')).toEqual(['13']);
  expect(recorder && headerOf(recorder, 'sec-websocket-key')).toEqual([expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/)]);
});

test('bytes pass both ways, those before the answer too, and each end is passed on', async () => {
  const { kit, stream } = await open((recorder) => {
    setImmediate(() =>
      setImmediate(() => {
        const duplex = recorder.exchange.acceptUpgrade(switching(['sec-websocket-accept', acceptOf(recorder)]));
        duplex.on('data', (bytes: Buffer) => duplex.write(bytes.toString().toUpperCase()));
        duplex.on('end', () => duplex.end('bye'));
      }),
    );
  });
  let text = '';
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  stream.write('early ');
  await once(stream, 'response');
  stream.write('late ');
  await expect.poll(() => text).toBe('EARLY LATE ');
  stream.end();
  await once(stream, 'close');
  expect(text).toBe('EARLY LATE bye');
  await expect.poll(() => kit.recorders[0]?.isWhole).toBe(true);
});

test('bytes and their end that came before the answer are not lost', async () => {
  let text = '';
  const kit = await startCodec({ handle: () => {} });
  const accept = (recorder: Recorder): void => {
    const duplex = recorder.exchange.acceptUpgrade(switching(['sec-websocket-accept', acceptOf(recorder)]));
    duplex.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    duplex.on('end', () => duplex.end('bye'));
  };
  const client = connectRawH2(kit.port);
  client.send(h2Frame(1, 4, 1, connectLines()), h2Frame(0, 1, 1, Buffer.from('early')));
  await client.next(frameType.settings);
  await expect.poll(() => kit.recorders.length).toBe(1);
  kit.recorders.forEach(accept);
  expect((await client.next(frameType.data, 1))?.payload.toString()).toBe('bye');
  expect(text).toBe('early');
  await expect.poll(() => kit.recorders[0]?.isWhole).toBe(true);
});

test('a refused upgrade whose stream has ended closes', async () => {
  const kit = await startCodec({
    handle: ({ exchange }) => {
      answerText(exchange, 'no');
      exchange.discardBody();
    },
  });
  const client = connectRawH2(kit.port);
  client.send(h2Frame(1, 4, 1, connectLines()), h2Frame(0, 1, 1, Buffer.from('early')));
  await expect.poll(() => kit.recorders[0]?.isWhole).toBe(true);
});

test('5 MB pass through a WebSocket, at the speed of who reads', async () => {
  const { stream } = await open((recorder) => {
    const duplex = recorder.exchange.acceptUpgrade(switching(['sec-websocket-accept', acceptOf(recorder)]));
    duplex.pipe(duplex);
  });
  let bytes = 0;
  stream.on('data', (piece: Buffer) => {
    bytes += piece.length;
  });
  stream.end(Buffer.alloc(5_000_000));
  await once(stream, 'close');
  expect(bytes).toBe(5_000_000);
});

test.each<[string, (accept: string) => string[]]>([
  ['another accept', () => ['Sec-WebSocket-Accept', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=']],
  ['no accept', () => []],
  ['two accepts', (accept) => ['Sec-WebSocket-Accept', accept, 'Sec-WebSocket-Accept', accept]],
])('an upstream with %s is cut off, and no raw pipe is left', async (_, lines) => {
  let isDestroyed = false;
  const { kit, stream } = await open((recorder) => {
    isDestroyed = recorder.exchange.acceptUpgrade(switching(lines(acceptOf(recorder)))).destroyed;
  });
  expect(await receive(stream)).toMatchObject({ status: 0, code: http2.constants.NGHTTP2_INTERNAL_ERROR });
  expect(isDestroyed).toBe(true);
  expect(kit.recorders[0]?.isWhole).toBe(false);
});

test('a key of the visitor is replaced by ours', async () => {
  const { kit } = await open(({ exchange }) => exchange.abort(), { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' });
  await expect.poll(() => kit.recorders.length).toBe(1);
  const keys = kit.recorders.flatMap((recorder) => headerOf(recorder, 'sec-websocket-key'));
  expect(keys).toHaveLength(1);
  expect(keys).not.toContain('dGhlIHNhbXBsZSBub25jZQ==');
});

test('an upgrade may be refused with an answer', async () => {
  const { stream } = await open(({ exchange }) => {
    answerText(exchange, 'not here');
    exchange.discardBody();
  });
  expect(await receive(stream)).toMatchObject({ status: 200, body: 'not here', code: 0 });
});

test('an upstream that is lost resets the stream, a visitor who resets it destroys ours', async () => {
  const duplexes: Duplex[] = [];
  const { kit, stream, session } = await open((recorder) => {
    duplexes.push(recorder.exchange.acceptUpgrade(switching(['sec-websocket-accept', acceptOf(recorder)])));
  });
  const other = session.request(extended);
  await once(other, 'response');
  duplexes[0]?.destroy();
  await once(stream, 'close');
  other.close(http2.constants.NGHTTP2_CANCEL);
  await expect.poll(() => duplexes[1]?.destroyed).toBe(true);
  await expect.poll(() => kit.recorders.map((recorder) => recorder.isWhole)).toEqual([false, false]);
});

test('drain() ends upgraded streams at once', async () => {
  const { kit, stream } = await open((recorder) => {
    recorder.exchange.acceptUpgrade(switching(['sec-websocket-accept', acceptOf(recorder)]));
  });
  await once(stream, 'response');
  kit.isDraining = true;
  kit.transports[0]?.drain();
  await expect.poll(() => stream.destroyed).toBe(true);
  await expect.poll(() => kit.closed).toBe(1);
});

test('a visitor who takes nothing of a WebSocket loses it, one that rests does not', async () => {
  const { kit, stream, session } = await open((recorder) => {
    const duplex = recorder.exchange.acceptUpgrade(switching(['sec-websocket-accept', acceptOf(recorder)]));
    if (kit.recorders.length === 1) duplex.write(Buffer.alloc(200_000));
  });
  stream.pause();
  const resting = session.request(extended);
  await once(resting, 'response');
  kit.clock.advance(299_000);
  expect(kit.recorders.map((recorder) => recorder.isWhole)).toEqual([null, null]);
  kit.clock.advance(10_000);
  await expect.poll(() => kit.recorders.map((recorder) => recorder.isWhole)).toEqual([false, null]);
});

test('a visitor who takes a WebSocket slowly keeps it', async () => {
  const kit = await startCodec({
    handle: (recorder) => {
      const duplex = recorder.exchange.acceptUpgrade(switching(['sec-websocket-accept', acceptOf(recorder)]));
      // Always as much waiting, whenever one looks.
      const fill = (): void => void duplex.write(Buffer.alloc(80_000));
      duplex.on('drain', fill);
      fill();
    },
  });
  const client = connectRawH2(kit.port);
  client.send(h2Frame(frameType.windowUpdate, 0, 0, uint32(10_000_000)), h2Frame(1, 4, 1, connectLines()));
  const received = (): number => client.frames.reduce((sum, { type, payload }) => sum + (type ? 0 : payload.length), 0);
  await expect.poll(received).toBe(65_535);
  for (let round = 1; round <= 4; round++) {
    kit.clock.advance(200_000);
    client.send(h2Frame(frameType.windowUpdate, 0, 1, uint32(80_000)));
    await expect.poll(received).toBe(65_535 + round * 80_000);
  }
  expect(kit.recorders[0]?.isWhole).toBeNull();
});

// An owner answers 400 to a request without a method.
test.each<[string, [string, string][], number]>([
  ['another protocol', [[':protocol', 'connect-udp']], 4],
  ['WebSocket in capitals', [[':protocol', 'WebSocket']], 4],
  [
    'a WebSocket with a length',
    [
      [':protocol', 'websocket'],
      ['content-length', '5'],
    ],
    4,
  ],
  ['a WebSocket that is over', [[':protocol', 'websocket']], 5],
])('an extended CONNECT for %s is nothing to forward', async (_, lines, flags) => {
  const kit = await startCodec();
  const client = connectRawH2(kit.port);
  const [method, ...rest] = requestLines('a', { method: 'CONNECT' });
  const pseudo = lines.filter(([name]) => name.startsWith(':'));
  const others = lines.filter(([name]) => !name.startsWith(':'));
  client.send(h2Frame(1, flags, 1, literalHeaders([...(method ? [method] : []), ...pseudo, ...rest, ...others])));
  await client.next(frameType.headers, 1);
  expect(kit.recorders[0]?.exchange).toMatchObject({ method: '', target: '', upgrade: null });
});

test('a plain CONNECT has no target', async () => {
  const kit = await startCodec();
  const session = await kit.connect();
  await receive(session.request({ ':method': 'CONNECT', ':authority': 'app.example.test:443' }, { endStream: true }));
  expect(kit.recorders[0]?.exchange).toMatchObject({ method: 'CONNECT', target: '', upgrade: null });
});
