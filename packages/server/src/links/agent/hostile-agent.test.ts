import type { Duplex } from 'node:stream';
import { streamTypes } from '@adit/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, principals, settle, startWorld, type TestAgent } from './test-agent.testkit.ts';

/** Agent protocol, §16.8: the agent may be hostile. Whatever it sends, the server answers or ends that one session. */

function frame(type: number, options: { flags?: number; streamId?: number; body?: Uint8Array } = {}): Buffer {
  const { flags = 0, streamId = 0, body = new Uint8Array(0) } = options;
  const head = Buffer.alloc(8);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = (type << 4) | flags;
  head.writeUInt32BE(streamId, 4);
  return Buffer.concat([head, body]);
}

function uint32(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
  return bytes;
}

/** All that the server sent until it closed. */
async function untilClosed(transport: Duplex): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of transport) parts.push(part as Buffer);
  transport.destroy();
  return Buffer.concat(parts);
}

/** Sends a request's bytes as they are and answers the reply. */
async function rawCall(agent: TestAgent, type: number, text: string): Promise<{ Error?: string }> {
  const stream = agent.mux.open(type);
  stream.write(text);
  const reply = Buffer.concat(await stream.toArray()).toString();
  return JSON.parse(reply) as { Error?: string };
}

const malformedJson: [what: string, text: string][] = [
  ['no JSON', 'hello'],
  ['broken JSON', '{"Version":}'],
  ['a list', '[]'],
  ['a number', '42 '],
  ['null', 'null '],
  ['wrong types', '{"Version":"3","Extra":7}'],
  ['deep nesting', `{"Version":${'['.repeat(10_000)}`],
  ['an unknown escape', '{"\\x":1}'],
];

test('a request of which half is sent is refused in time', async () => {
  const world = startWorld();
  const agent = world.connect();
  await agent.auth();
  const answered = rawCall(agent, streamTypes.bind, '{"Id":"');
  await settle();
  world.clock.advance(10_000);
  expect((await answered).Error).toContain('did not arrive in time');
});

describe('Auth', () => {
  test.each(malformedJson)('of %s is refused with 109, and the connection is closed', async (_what, text) => {
    const world = startWorld();
    const agent = world.connect();
    const reply = await rawCall(agent, streamTypes.auth, text);
    expect(reply.Error).toContain('ERR_NGROK_109');
    world.clock.advance(1_000);
    await agent.closed;
    expect(world.sessions.size).toBe(0);
  });

  test('of which half is sent runs into the deadline', async () => {
    const world = startWorld();
    const agent = world.connect();
    agent.mux.open(streamTypes.auth).write('{"Version":["3"],');
    await settle();
    world.clock.advance(10_000);
    await agent.closed;
  });

  test('of more than 64 KiB is refused unread', async () => {
    const agent = startWorld().connect();
    const reply = await rawCall(agent, streamTypes.auth, `{"Version":"${'x'.repeat(70_000)}`);
    expect(reply.Error).toContain('ERR_NGROK_109');
  });

  test('twice at the same time is answered once', async () => {
    const world = startWorld();
    const agent = world.connect();
    const codes = (await Promise.all([agent.auth('ours', { ClientId: '' }), agent.auth('ours', { ClientId: '' })])).map(
      codeOf,
    );
    expect(new Set(codes)).toEqual(new Set(['ERR_ADIT_9400', undefined]));
    expect(world.sessions.size).toBe(1);
  });

  test('with any JSON object never breaks the server', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('Version', 'ClientId', 'Extra', '__proto__', 'x'), fc.jsonValue()),
        async (message) => {
          const world = startWorld();
          const agent = world.connect();
          expect((await agent.call(streamTypes.auth, message)).Error).toMatch(/ERR_(NGROK|ADIT)_\d+$/);
          expect(world.log.join()).not.toContain('agent request failed');
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a stranger', () => {
  test('may send so many bytes and no more, whatever they are', async () => {
    const world = startWorld({ limits: { maxUnauthenticatedBytes: 1_000 } });
    const transport = world.connectRaw();
    transport.write(frame(1, { flags: 2, streamId: 3, body: uint32(streamTypes.heartbeat) }));
    for (let beat = 0; beat < 82; beat++) transport.write(frame(1, { streamId: 3, body: uint32(beat) }));
    await settle();
    expect(world.log).toEqual([]);
    transport.write(frame(1, { streamId: 3, body: uint32(82) }));
    expect((await untilClosed(transport)).toString()).toContain('ERR_ADIT_9401');
  });

  test('may open so many streams and no more, so that refusals do not fill the log', async () => {
    const world = startWorld({ limits: { maxUnauthenticatedStreams: 3 } });
    const transport = world.connectRaw();
    for (let id = 3; id < 3 + 2 * 10; id += 2) {
      transport.write(frame(1, { flags: 3, streamId: id, body: uint32(streamTypes.bind) }));
    }
    expect((await untilClosed(transport)).toString()).toContain('ERR_ADIT_9401');
    expect(world.log.filter((line) => line.startsWith('agent request refused'))).toHaveLength(3);
  });

  test('is nobody any more once Auth has succeeded: neither bound holds then', async () => {
    const world = startWorld({ limits: { maxUnauthenticatedBytes: 1_500, maxUnauthenticatedStreams: 2 } });
    const agent = world.connect();
    await agent.auth();
    for (let count = 0; count < 20; count++) expect((await agent.unbind('x'.repeat(100))).Error).toBeUndefined();
    expect(world.sessions.size).toBe(1);
  });
});

describe('an authenticated agent', () => {
  test.each(malformedJson)('that binds with %s gets 301, and its session lives', async (_what, text) => {
    const agent = startWorld().connect();
    await agent.auth();
    expect((await rawCall(agent, streamTypes.bind, text)).Error).toContain('ERR_NGROK_301');
    expect((await agent.bind()).Error).toBe('');
  });

  test('that sends half a Bind gets 301 after 10 s, and its session lives', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth();
    const reply = rawCall(agent, streamTypes.bind, '{"Proto":"https",');
    await settle();
    world.clock.advance(10_000);
    expect((await reply).Error).toContain('ERR_NGROK_301');
    expect((await agent.bind()).Error).toBe('');
  });

  test('may not send a message of more than 1 MiB', async () => {
    const agent = startWorld().connect();
    await agent.auth();
    const reply = await rawCall(agent, streamTypes.bind, `{"Opts":"${'x'.repeat(1_100_000)}`);
    expect(reply.Error).toContain('ERR_NGROK_301');
  });

  test('that asks for many things at once gets 16 of them', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth();
    const compiled = Promise.withResolvers<void>();
    world.hooks.compileChain = () => compiled.promise;
    const replies = Array.from({ length: 20 }, (_, index) => agent.bind({ Opts: { Domain: `app${index}x` } }));
    await settle();
    compiled.resolve();
    const codes = (await Promise.all(replies)).map(codeOf);
    expect(codes.filter((code) => code === 'ERR_NGROK_349')).toHaveLength(4);
    expect(world.directory.list(principals.ours.accountId)).toHaveLength(16);
  });

  test('that takes its requests back at once fills no log: nobody waits for those answers', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth();
    const before = world.log.length;
    for (let count = 0; count < 10; count++) {
      agent.mux.open(streamTypes.bind).reset(6);
      await settle();
    }
    expect(world.log.slice(before)).toEqual([]);
    expect(codeOf(await agent.bind({ Proto: 'ssh' }))).toBe('ERR_NGROK_332');
    expect(world.log.slice(before)).toHaveLength(1);
  });

  test('with any options never breaks the server, and gets no endpoint it did not describe', async () => {
    const optionName = fc.constantFrom(
      'Domain',
      'URL',
      'IPRestriction',
      'OAuth',
      'Policy',
      'ProxyProto',
      '__proto__',
      'constructor',
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(optionName, fc.jsonValue()), async (Opts) => {
        const world = startWorld();
        const agent = world.connect();
        await agent.auth();
        const reply = await agent.call(streamTypes.bind, { Id: '', Proto: 'https', Opts, Extra: {} });
        expect(reply.Error === '' || codeOf(reply) !== undefined).toBe(true);
        expect(world.log.join()).not.toContain('agent request failed');
      }),
      { numRuns: 50 },
    );
  });

  test('that opens more streams than it may has the surplus refused, and its session lives', async () => {
    const world = startWorld();
    const transport = world.connectRaw();
    const resets: number[] = [];
    transport.on('data', (chunk: Buffer) => {
      for (let at = 0; at + 8 <= chunk.length; at += 8 + chunk.readUIntBE(at, 3)) {
        if ((chunk[at + 3] ?? 0) >> 4 === 0) resets.push(chunk.readUInt32BE(at + 8));
      }
    });
    // A SYN flood: streams that are opened and never say their type.
    for (let id = 3; id < 3 + 2 * 1_000; id += 2) transport.write(frame(1, { flags: 2, streamId: id }));
    await settle();
    expect(resets).toHaveLength(1_000 - 64);
    expect(new Set(resets)).toEqual(new Set([5]));
    expect(transport.destroyed).toBe(false);
    world.clock.advance(10_000);
    await untilClosed(transport);
  });
});

describe('frames', () => {
  test.each<[what: string, bytes: Buffer]>([
    ['of an unknown type', frame(9)],
    ['of 16 MiB', Buffer.from([0xff, 0xff, 0xff, 0x12, 0, 0, 0, 3])],
    ['with data on stream 0', frame(1, { flags: 2, body: uint32(0) })],
    ['with a stream id of the wrong parity', frame(1, { flags: 2, streamId: 2, body: uint32(0) })],
    ['with RST of a wrong length', frame(0, { streamId: 3, body: new Uint8Array(3) })],
    ['that are an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: connect\r\n\r\n')],
  ])('%s end that connection with GOAWAY, and no other', async (_what, bytes) => {
    const world = startWorld();
    const other = world.connect();
    await other.auth();
    const transport = world.connectRaw();
    transport.write(bytes);
    const answer = await untilClosed(transport);
    expect((answer[3] ?? 0) >> 4).toBe(3);
    expect((await other.bind()).Error).toBe('');
  });

  test('after GOAWAY are not read (§16.7)', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth();
    const goAway = frame(3, { body: uint32(0, 0) });
    const late = frame(1, { flags: 2, streamId: 101, body: uint32(streamTypes.srvInfo) });
    agent.transport.write(Buffer.concat([goAway, late]));
    await agent.closed;
    await settle();
    expect(world.sessions.size).toBe(0);
  });

  test('of random bytes never break the server', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const world = startWorld();
        const transport = world.connectRaw();
        transport.write(bytes);
        await settle();
        world.clock.advance(20_000);
        await untilClosed(transport);
        expect((await world.connect().auth()).Error).toBe('');
      }),
      { numRuns: 50 },
    );
  });
});
