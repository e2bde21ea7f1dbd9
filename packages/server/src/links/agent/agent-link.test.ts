import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import {
  aditProfile,
  encodeProxyProtocol,
  errorCodes,
  type MuxProfile,
  type MuxStream,
  ngrokProfile,
  readProxyHeader,
} from '@adit/wire';
import { describe, expect, test } from 'vitest';
import { thrownCode } from '../../domain/thrown-code.testkit.ts';
import type { AgentLimits } from './agent-limits.ts';
import { settle, startWorld, type TestAgent, type TestWorld } from './test-agent.testkit.ts';

const visitor = {
  clientIp: '203.0.113.9',
  clientPort: 51234,
  serverIp: '192.0.2.1',
  serverPort: 443,
  serverName: 'app.localhost',
};

interface Linked {
  readonly world: TestWorld;
  readonly agent: TestAgent;
  open(change?: { clientIp?: string; bindId?: string }): Duplex;
  /** Opens a stream and answers both ends, the header read. */
  openServed(): Promise<[edge: Duplex, agentSide: MuxStream]>;
}

async function startLink(options: { profile?: MuxProfile; limits?: Partial<AgentLimits> } = {}): Promise<Linked> {
  const world = startWorld({ limits: options.limits ?? {} });
  const agent = world.connect({ profile: options.profile ?? ngrokProfile });
  await agent.auth();
  await agent.bind();
  const route = world.route();
  if (!route) throw new Error('There is no route');
  const open: Linked['open'] = ({ clientIp = visitor.clientIp, bindId = route.bindId } = {}) =>
    route.link.open({ bindId, visitor: { ...visitor, clientIp }, protocol: 'https' });
  return {
    world,
    agent,
    open,
    async openServed() {
      const next = agent.nextStream();
      const edge = open();
      const agentSide = await next;
      await readProxyHeader(agentSide);
      return [edge, agentSide];
    },
  };
}

function raise(): never {
  throw new Error('There is no route');
}

async function failureOf(stream: Duplex): Promise<unknown> {
  stream.resume();
  const [error] = await once(stream, 'error');
  expect(error).toBeInstanceOf(AditError);
  return error instanceof AditError ? error.code : undefined;
}

describe('open()', () => {
  test('sends type, length and header complete in the SYN frame (§16.3), with all five keys (§16.5)', async () => {
    const { world, agent, open } = await startLink();
    const bytes: Buffer[] = [];
    agent.transport.on('data', (chunk: Buffer) => bytes.push(chunk));
    open();
    await settle();
    const frame = Buffer.concat(bytes);
    expect(frame.readUIntBE(0, 3)).toBe(frame.length - 8);
    expect(frame[3]).toBe(0x12);
    expect(frame.readUInt32BE(4) % 2).toBe(0);
    expect(frame.readUInt32BE(8)).toBe(3);
    expect(frame.readBigInt64LE(12)).toBe(BigInt(frame.length - 20));
    expect(JSON.parse(frame.toString('utf8', 20))).toEqual({
      Id: world.route()?.bindId,
      ClientAddr: '203.0.113.9:51234',
      Proto: 'https',
      EdgeType: '0',
      PassthroughTLS: false,
    });
  });

  test.each(['http', 'tls', 'tcp'] as const)(
    'says the protocol %s, and that the TLS is the visitor’s own',
    async (protocol) => {
      const { world, agent } = await startLink();
      const { link, bindId } = world.route() ?? raise();
      const next = agent.nextStream();
      link.open({ bindId, visitor, protocol, isPassthrough: protocol === 'tls' });
      const header = await readProxyHeader(await next);
      expect(header).toMatchObject({ Proto: protocol, PassthroughTLS: protocol === 'tls' });
    },
  );

  test.each([1, 2] as const)(
    'writes a PROXY header of version %d before the first byte, behind the stream’s own (§12.4)',
    async (proxyProtocol) => {
      const { world, agent } = await startLink();
      const { link, bindId } = world.route() ?? raise();
      const next = agent.nextStream();
      link.open({ bindId, visitor, protocol: 'tcp', proxyProtocol }).end('hello');
      const agentSide = await next;
      await readProxyHeader(agentSide);
      const expected = Buffer.concat([encodeProxyProtocol(proxyProtocol, visitor), Buffer.from('hello')]);
      expect(Buffer.concat(await agentSide.toArray()).toString('latin1')).toBe(expected.toString('latin1'));
    },
  );

  test('writes the PROXY header of a stream that had to wait for its turn', async () => {
    const { world, agent, open } = await startLink({ limits: { maxUnreadHeadersPerBind: 1 } });
    const { link, bindId } = world.route() ?? raise();
    open();
    await settle();
    link.open({ bindId, visitor, protocol: 'tcp', proxyProtocol: 1 }).end('hello');
    await settle();
    const [first] = agent.streams;
    if (!first) throw new Error('There is no stream');
    const next = agent.nextStream();
    await readProxyHeader(first);
    await settle();
    world.clock.advance(10);
    const second = await next;
    await readProxyHeader(second);
    const text = Buffer.concat(await second.toArray()).toString('latin1');
    expect(text).toBe('PROXY TCP4 203.0.113.9 192.0.2.1 51234 443\r\nhello');
  });

  test('writes IPv6 visitors in brackets', async () => {
    const { agent, open } = await startLink();
    const next = agent.nextStream();
    open({ clientIp: '2001:db8::1' });
    expect((await readProxyHeader(await next)).ClientAddr).toBe('[2001:db8::1]:51234');
  });

  test.each([ngrokProfile, aditProfile])('carries bytes both ways and both ends ($name)', async (profile) => {
    const { openServed } = await startLink({ profile });
    const [edge, agentSide] = await openServed();
    edge.end('request');
    expect(Buffer.concat(await agentSide.toArray()).toString()).toBe('request');
    agentSide.end('answer');
    expect(Buffer.concat(await edge.toArray()).toString()).toBe('answer');
    await settle();
    expect(edge.destroyed).toBe(true);
    expect(agentSide.destroyed).toBe(true);
  });

  test('passes backpressure on: of what nobody reads one window is taken', async () => {
    const { openServed } = await startLink();
    const [edge, agentSide] = await openServed();
    let written = 0;
    const chunk = Buffer.alloc(16 * 1024);
    const write = () => {
      while (written < 8 * 1024 * 1024 && agentSide.write(chunk)) written += chunk.length;
    };
    agentSide.on('drain', write);
    write();
    await settle();
    expect(written).toBeLessThan(1024 * 1024);
    let received = 0;
    edge.on('data', (part: Buffer) => {
      received += part.length;
    });
    for (let turn = 0; turn < 200 && received < 8 * 1024 * 1024; turn++) await settle();
    expect(received).toBeGreaterThanOrEqual(8 * 1024 * 1024);
  });

  test('[invariant: backpressure-end-to-end] holds for visitors who do not read what the process may, over all sessions', async () => {
    const { world, agent, open } = await startLink({ limits: { maxHeldBytes: 500_000 } });
    const second = world.connect();
    await second.auth();
    await second.bind({ Opts: { Domain: 'b.localhost' } });
    const route = world.route('b.localhost');
    if (!route) throw new Error('There is no route');
    const fill = async (one: TestAgent, edge: Duplex): Promise<Duplex> => {
      await settle();
      const agentSide = one.streams.at(-1);
      if (agentSide) await readProxyHeader(agentSide);
      agentSide?.write(Buffer.alloc(200_000));
      await settle();
      return edge;
    };
    const edges = [await fill(agent, open()), await fill(agent, open())];
    expect(world.sessions.heldBytes).toBe(400_000);
    const other = route.link.open({ bindId: route.bindId, visitor, protocol: 'https' });
    edges.push(await fill(second, other));
    // The session that holds most pays, with the stream that has waited longest or, here, is the first of two alike.
    expect(edges.map((edge) => edge.destroyed)).toEqual([true, false, false]);
    expect(world.sessions.heldBytes).toBe(400_000);
    for (const edge of edges) edge.destroy();
    expect(world.sessions.heldBytes).toBe(0);
  });

  test('throws 9009 once the session is over', async () => {
    const { agent, open } = await startLink();
    agent.transport.destroy();
    await settle();
    expect(thrownCode(() => open())).toBe(9009);
  });

  test('throws 3210 at 480 streams of an SDK session, and serves again when one ends (§16.1)', async () => {
    const { open } = await startLink({ limits: { maxUnreadHeadersPerBind: 1_000 } });
    const fromMany = (number: number) => open({ clientIp: `203.0.113.${number % 20}` });
    const streams = Array.from({ length: 480 }, (_, number) => fromMany(number));
    // What was refused does not count as the visitor's.
    for (let count = 0; count < 40; count++) expect(thrownCode(() => fromMany(19))).toBe(3210);
    streams[0]?.destroy();
    await settle();
    expect(thrownCode(() => fromMany(19))).toBeUndefined();
  });

  test('leaves the last quarter of the streams to visitors who have less than a sixteenth, whatever the bind', async () => {
    const { agent, open } = await startLink({ limits: { maxUnreadHeadersPerBind: 1_000 } });
    const other = await agent.bind({ Opts: { Domain: 'b' } });
    const streams = Array.from({ length: 360 }, () => open());
    expect(thrownCode(() => open({ bindId: other.Id }))).toBe(3210);
    for (let count = 0; count < 30; count++) open({ clientIp: `2001:db8::${count}`, bindId: other.Id });
    expect(thrownCode(() => open({ clientIp: '2001:db8::ffff' }))).toBe(3210);
    expect(thrownCode(() => open({ clientIp: '2001:db8:0:1::1' }))).toBeUndefined();
    for (const stream of streams.slice(0, 32)) stream.destroy();
    expect(thrownCode(() => open())).toBeUndefined();
    expect(thrownCode(() => open())).toBe(3210);
  });

  test('counts streams that wait, and not those that were refused', async () => {
    const { open } = await startLink();
    for (let count = 0; count < 32 + 256; count++) open();
    for (let count = 0; count < 500; count++) expect(thrownCode(() => open())).toBe(3210);
    expect(thrownCode(() => open({ clientIp: '198.51.100.1', bindId: 'other' }))).toBeUndefined();
    for (let count = 289; count < 320; count++) open({ bindId: 'other' });
    for (let count = 320; count < 360; count++) open({ bindId: 'third' });
    expect(thrownCode(() => open({ bindId: 'fourth' }))).toBe(3210);
  });
});

describe('a listener that nobody serves (§16.2)', () => {
  /** Lets the server look for headers that were read. */
  async function poll(world: TestWorld): Promise<void> {
    await settle();
    world.clock.advance(10);
    await settle();
  }

  test('gets 32 streams; a burst waits for its turn and loses nothing', async () => {
    const { world, agent, open } = await startLink();
    const visitors = Array.from({ length: 40 }, () => open());
    visitors.forEach((stream, number) => stream.write(`visitor ${number}`));
    await poll(world);
    expect(agent.streams).toHaveLength(32);
    for (const stream of agent.streams.slice(0, 5)) await readProxyHeader(stream);
    await poll(world);
    expect(agent.streams).toHaveLength(37);
    for (const stream of agent.streams.slice(5)) await readProxyHeader(stream);
    await poll(world);
    expect(agent.streams).toHaveLength(40);
    for (const stream of agent.streams.slice(37)) await readProxyHeader(stream);
    for (const stream of visitors) stream.end();
    const texts = await Promise.all(
      agent.streams.map(async (stream) => Buffer.concat(await stream.toArray()).toString()),
    );
    expect(texts).toEqual(Array.from({ length: 40 }, (_, number) => `visitor ${number}`));
  });

  test('does not hold up other binds', async () => {
    const { agent, open } = await startLink();
    const other = await agent.bind({ Opts: { Domain: 'b' } });
    for (let count = 0; count < 40; count++) open();
    open({ bindId: other.Id });
    await settle();
    expect(agent.streams).toHaveLength(33);
  });

  test('after 2 s refuses with 3210 what waits and what comes; after 10 s single streams try again', async () => {
    const { world, agent, open } = await startLink();
    const failures = Array.from({ length: 33 }, () => failureOf(open()));
    await settle();
    world.clock.advance(2_000);
    expect(await failures[32]).toBe(3210);
    expect(thrownCode(() => open())).toBe(3210);
    world.clock.advance(8_000);
    expect(new Set(await Promise.all(failures.slice(0, 32)))).toEqual(new Set([3210]));
    await settle();
    open();
    expect(thrownCode(() => open())).toBe(3210);
    await settle();
    const trial = agent.streams.at(-1);
    if (trial) await readProxyHeader(trial);
    await settle();
    for (let count = 0; count < 32; count++) expect(thrownCode(() => open())).toBeUndefined();
    await settle();
    expect(agent.streams).toHaveLength(32 + 1 + 32);
  });

  test('is tried by one stream at a time after a single one was not taken', async () => {
    const { world, open } = await startLink();
    const failure = failureOf(open());
    await settle();
    world.clock.advance(10_000);
    expect(await failure).toBe(3210);
    open();
    expect(thrownCode(() => open())).toBe(3210);
  });

  test('has at most 256 streams waiting', async () => {
    const { open } = await startLink();
    for (let count = 0; count < 32 + 256; count++) open().on('error', () => {});
    expect(thrownCode(() => open())).toBe(3210);
  });

  test('gives a turn to the next when a visitor leaves', async () => {
    const { agent, open } = await startLink();
    const [first, ...others] = Array.from({ length: 34 }, () => open());
    others[31]?.destroy(); // It waits.
    first?.destroy();
    await settle();
    expect(agent.streams).toHaveLength(33);
  });

  test('that waits with its session fails with 9005', async () => {
    const { agent, open } = await startLink();
    const failures = Array.from({ length: 33 }, () => failureOf(open()));
    agent.transport.destroy();
    expect(new Set(await Promise.all(failures))).toEqual(new Set([9005]));
  });

  test('is not waited for with our own agent, which reads headers independently', async () => {
    const { agent, open } = await startLink({ profile: aditProfile });
    for (let count = 0; count < 100; count++) open();
    await settle();
    expect(agent.streams).toHaveLength(100);
  });
});

describe('a stream', () => {
  test('whose header is not read in 10 s fails with 3210, and the agent sees FIN and RST (§16.2)', async () => {
    const { world, agent, open } = await startLink();
    const next = agent.nextStream();
    const edge = open();
    const failure = failureOf(edge);
    const agentSide = await next;
    world.clock.advance(10_000);
    expect(await failure).toBe(3210);
    await settle();
    expect(agentSide.destroyed || agentSide.readableEnded).toBe(false); // Unread, but its end has come:
    expect((await agentSide.toArray()).length).toBeGreaterThan(0);
  });

  test.each([ngrokProfile, aditProfile])('whose header was read may wait for ever ($name)', async (profile) => {
    const { world, openServed } = await startLink({ profile });
    const [edge] = await openServed();
    await settle();
    world.clock.advance(10_000);
    await settle();
    expect(edge.destroyed).toBe(false);
  });

  test('that is over has no timer left', async () => {
    const { world, openServed } = await startLink();
    await settle();
    const before = world.clock.pendingTimers;
    const [edge, agentSide] = await openServed();
    expect(world.clock.pendingTimers).toBe(before + 1);
    edge.end();
    agentSide.resume().end('x');
    await edge.toArray();
    await settle();
    expect(world.clock.pendingTimers).toBe(before);
  });

  test.each<[what: string, code: number, expected: number]>([
    ['refused upstream', errorCodes.upstreamRefused, 8012],
    ['upstream that does not accept', errorCodes.upstreamTimeout, 9001],
    ['unreachable upstream', errorCodes.upstreamUnreachable, 8012],
    ['failed TLS of the upstream', errorCodes.upstreamTls, 8012],
    ['full accept queue', errorCodes.acceptQueueFull, 3210],
    ['refused stream', errorCodes.streamRefused, 3210],
    ['bind it does not know', errorCodes.remoteGoneAway, 3200],
    ['cancelled stream', errorCodes.streamCancelled, 9005],
    ['unknown code', 0xffffffff, 9005],
  ])('reset for a %s fails with its code', async (_what, code, expected) => {
    const { openServed } = await startLink({ profile: aditProfile });
    const [edge, agentSide] = await openServed();
    const failure = failureOf(edge);
    agentSide.reset(code);
    expect(await failure).toBe(expected);
  });

  // An SDK says so that it does not know the bind or that the service is gone; our agent has other words for that.
  test.each([
    [ngrokProfile, 8012],
    [aditProfile, 3004],
  ])('that the agent ends without a byte fails ($0.name: $1)', async (profile, code) => {
    const { openServed } = await startLink({ profile });
    const [edge, agentSide] = await openServed();
    const failure = failureOf(edge);
    agentSide.end();
    expect(await failure).toBe(code);
    await settle();
    expect(agentSide.destroyed || agentSide.readableEnded || agentSide.writableFinished).toBe(true);
  });

  test('that is cut after some bytes is not whole', async () => {
    const { openServed } = await startLink({ profile: aditProfile });
    const [edge, agentSide] = await openServed();
    const failure = failureOf(edge);
    agentSide.write('half');
    await settle();
    agentSide.reset(errorCodes.streamReset);
    expect(await failure).toBe(9005);
    expect(edge.readableEnded).toBe(false);
  });

  test('may be written to, ended and given up before its turn has come', async () => {
    const { world, agent, open } = await startLink();
    for (let count = 0; count < 32; count++) open();
    const [ended, givenUp] = [open(), open()];
    ended.end('question');
    givenUp.write('nothing');
    givenUp.destroy();
    await settle();
    expect(agent.streams).toHaveLength(32);
    for (const stream of agent.streams) await readProxyHeader(stream);
    await settle();
    world.clock.advance(10);
    await settle();
    const late = agent.streams[32];
    if (late === undefined) throw new Error('It has no stream');
    await readProxyHeader(late);
    expect(Buffer.concat(await late.toArray()).toString()).toBe('question');
  });

  test('fails with 9005 when the session is lost', async () => {
    const { agent, openServed } = await startLink();
    const [edge] = await openServed();
    const failure = failureOf(edge);
    agent.transport.destroy();
    expect(await failure).toBe(9005);
  });

  test('that the visitor gives up ends at the agent with FIN before RST 6 (§16.4)', async () => {
    const { agent, openServed } = await startLink();
    const [edge, agentSide] = await openServed();
    const bytes: Buffer[] = [];
    agent.transport.on('data', (chunk: Buffer) => bytes.push(chunk));
    const ended = once(agentSide.resume(), 'end');
    edge.destroy();
    await ended;
    await settle();
    const sent = Buffer.concat(bytes);
    expect([...sent.subarray(0, 4)]).toEqual([0, 0, 0, 0x11]);
    expect([...sent.subarray(8, 12)]).toEqual([0, 0, 4, 0x00]);
    expect(sent.readUInt32BE(16)).toBe(errorCodes.streamCancelled);
  });

  test('outlives the Unbind of its endpoint (agent protocol, §10.4)', async () => {
    const { world, agent, openServed } = await startLink();
    const [edge, agentSide] = await openServed();
    await agent.unbind(world.route()?.bindId ?? '');
    agentSide.end('late');
    edge.end();
    expect(Buffer.concat(await edge.toArray()).toString()).toBe('late');
  });
});
