import { AditError } from '@adit/contracts';
import { streamTypes } from '@adit/wire';
import { describe, expect, test } from 'vitest';
import { makeAuthority } from '../../tls/issue.ts';
import {
  codeOf,
  principals,
  type Reply,
  settle,
  startWorld,
  type TestAgent,
  type TestWorld,
  type WorldOptions,
} from './test-agent.testkit.ts';

/** Binds of all the kinds there are, as an agent sees them. Rules for names are the directory's. */

async function start(options: WorldOptions = {}): Promise<{ world: TestWorld; agent: TestAgent }> {
  const world = startWorld(options);
  return { world, agent: await another(world, 'ours') };
}

async function another(world: TestWorld, token: 'ours' | 'ours2' | 'theirs'): Promise<TestAgent> {
  const agent = world.connect();
  await agent.auth(token);
  return agent;
}

const onePort = { first: 20_000, last: 20_000 };
const tcpAt = (port: number) => ({ Proto: 'tcp', Opts: { Addr: `localhost:${port}` } });
const listed = (world: TestWorld) => world.directory.list(principals.ours.accountId);

describe('tcp', () => {
  test('chooses a port, opens it before it is published, and answers it', async () => {
    const { world, agent } = await start();
    const opened = Promise.withResolvers<void>();
    world.hooks.openPort = () => opened.promise;
    const bound = agent.bind({ Proto: 'tcp' });
    await settle();
    expect(listed(world)).toEqual([]);
    opened.resolve();
    const reply = await bound;
    const [port = 0] = world.openPorts.keys();
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThanOrEqual(20_009);
    expect(reply).toMatchObject({
      ...{ URL: `tcp://localhost:${port}`, Proto: 'tcp', Error: '' },
      Opts: { Addr: `localhost:${port}`, ProxyProto: 0 },
    });
    expect(world.directory.findPort(port)).toMatchObject({ bindId: reply.Id, tls: null });
  });

  test.each([{ Addr: 'localhost:20001' }, { URL: 'tcp://localhost:20001' }, { Addr: 'app.localhost:20001' }])(
    'takes the port of %j',
    async (Opts) => {
      const { world, agent } = await start();
      expect((await agent.bind({ Proto: 'tcp', Opts: { ...Opts } }))['URL']).toBe('tcp://localhost:20001');
      expect([...world.openPorts]).toEqual([[20_001, 1]]);
    },
  );

  test.each<[what: string, change: object, code: string]>([
    ['a port out of range', tcpAt(20_010), 'ERR_NGROK_307'],
    ['another name', { Proto: 'tcp', Opts: { Addr: 'example.com:20001' } }, 'ERR_NGROK_319'],
    ['ports that differ', { Proto: 'tcp', Opts: { Addr: ':20001', URL: 'tcp://:20002' } }, 'ERR_NGROK_326'],
  ])('refuses %s and opens no port', async (_what, change, code) => {
    const { world, agent } = await start();
    expect(codeOf(await agent.bind(change))).toBe(code);
    expect(world.openPorts.size).toBe(0);
  });

  test("refuses another account's port with 320, live or held, and gives its own opening back", async () => {
    const { world, agent } = await start();
    const owner = await another(world, 'theirs');
    await owner.bind(tcpAt(20_001));
    expect(codeOf(await agent.bind(tcpAt(20_001)))).toBe('ERR_NGROK_320');
    expect([...world.openPorts]).toEqual([[20_001, 1]]);
    owner.transport.destroy();
    await settle();
    expect(world.openPorts.size).toBe(0);
    expect(codeOf(await agent.bind(tcpAt(20_001)))).toBe('ERR_NGROK_320');
    expect(world.openPorts.size).toBe(0);
  });

  test('refuses with 332 where there are no ports, and with 9405 where none is left', async () => {
    expect(codeOf(await (await start({ tcpPorts: null })).agent.bind({ Proto: 'tcp' }))).toBe('ERR_NGROK_332');
    const { agent } = await start({ tcpPorts: onePort });
    expect((await agent.bind({ Proto: 'tcp' })).Error).toBe('');
    expect(codeOf(await agent.bind({ Proto: 'tcp' }))).toBe('ERR_ADIT_9405');
  });

  test('passes over ports that another program has, until none is left', async () => {
    const { world, agent } = await start({ tcpPorts: { first: 20_000, last: 20_002 } });
    const busy = new Set([20_000, 20_002]);
    world.hooks.openPort = async (port) => {
      if (busy.has(port)) throw new AditError(9220);
    };
    expect((await agent.bind({ Proto: 'tcp' }))['URL']).toBe('tcp://localhost:20001');
    expect(codeOf(await agent.bind({ Proto: 'tcp' }))).toBe('ERR_ADIT_9405');
    expect(codeOf(await agent.bind(tcpAt(20_002)))).toBe('ERR_ADIT_9220');
    expect([...world.openPorts]).toEqual([[20_001, 1]]);
    expect(world.chains.filter((chain) => !chain.isClosed)).toHaveLength(1);
  });

  test.each(['ours', 'theirs'] as const)(
    'gives a port that two chose at once to one of them, pooled or not (%s)',
    async (token) => {
      const { world, agent } = await start({ tcpPorts: { first: 20_000, last: 20_001 } });
      const other = await another(world, token);
      const opened = Promise.withResolvers<void>();
      world.hooks.openPort = () => opened.promise;
      const pooled = { Proto: 'tcp', Extra: { PoolingEnabled: true } };
      const replies = [agent, agent, other, other].map((one) => one.bind(pooled));
      await settle();
      opened.resolve();
      const answers = await Promise.all(replies);
      const [refused, bound] = [answers.filter(({ Error }) => Error), answers.filter(({ Error }) => !Error)];
      expect(refused.map(codeOf)).toEqual(Array(2).fill('ERR_ADIT_9405'));
      expect(bound).toHaveLength(2);
      const urls = new Set(bound.map((reply) => reply['URL']));
      expect(urls).toEqual(new Set(['tcp://localhost:20000', 'tcp://localhost:20001']));
      expect([...world.openPorts.values()]).toEqual([1, 1]);
    },
  );

  test.each<[how: string, end: (agent: TestAgent, reply: Reply, world: TestWorld) => unknown]>([
    ['Unbind', (agent, { Id }) => agent.unbind(Id)],
    ['the end of its session', (agent) => agent.transport.destroy()],
    ['revocation', (_agent, _reply, world) => world.sessions.closeByCredential(principals.ours.credentialId)],
    [
      'stopEndpoint()',
      (_agent, { Id }, world) => {
        const { accountId } = principals.ours;
        world.sessions.stopEndpoint({ accountId, endpointId: Id as `ep_${string}` }, new AditError(320));
      },
    ],
  ])('closes its port with %s', async (_how, end) => {
    const { world, agent } = await start();
    const reply = await agent.bind(tcpAt(20_001));
    await end(agent, reply, world);
    await settle();
    expect(world.openPorts.size).toBe(0);
    expect(world.directory.findPort(20_001)).toBeUndefined();
  });

  test('gives the port back when the session ended while it was opened', async () => {
    const { world, agent } = await start();
    const opened = Promise.withResolvers<void>();
    world.hooks.openPort = () => opened.promise;
    const reply = agent.bind({ Proto: 'tcp' }).catch(() => 'lost');
    await settle();
    agent.transport.destroy();
    await settle();
    opened.resolve();
    expect(await reply).toBe('lost');
    await settle();
    expect(world.openPorts.size).toBe(0);
    expect(listed(world)).toEqual([]);
    expect(world.chains.every((chain) => chain.isClosed)).toBe(true);
  });

  test('opens no port for a chain that cannot be compiled', async () => {
    const { world, agent } = await start();
    world.hooks.compileChain = async () => {
      throw new AditError(362);
    };
    expect(codeOf(await agent.bind({ Proto: 'tcp' }))).toBe('ERR_NGROK_362');
    expect(world.openPorts.size).toBe(0);
  });

  test('comes back at its port after a restart, and not when it is out of range by then', async () => {
    const { world, agent } = await start();
    const first = await agent.bind({ Proto: 'tcp', Opts: { URL: 'tcp://' } });
    const rebound = async (tcpPorts: WorldOptions['tcpPorts'], Opts = first.Opts) => {
      const restarted = agent.as(startWorld({ after: world, ...(tcpPorts && { tcpPorts }) }).connect());
      await restarted.auth();
      const Extra = { Token: first.Extra['Token'] };
      return await restarted.bind({ Proto: 'tcp', Id: first.Id, Opts, Extra });
    };
    const same = { Id: first.Id, URL: first['URL'], Error: '' };
    expect(await rebound(undefined)).toMatchObject({ ...same, Opts: first.Opts });
    expect(await rebound(undefined, {})).toMatchObject(same);
    const others = { first: 30_000, last: 30_001 };
    for (const Opts of [first.Opts, {}]) expect(codeOf(await rebound(others, Opts))).toBe('ERR_NGROK_307');
  });
});

describe('tls', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test.each<[what: string, opts: object, ending: object]>([
    ['nothing: passes through', {}, { kind: 'passthrough' }],
    ['{}: ended here with a certificate of the server', { TLSTermination: {} }, { kind: 'edge', certificate: null }],
  ])('with %s', async (_what, Opts, ending) => {
    const { world, agent } = await start();
    const reply = await agent.bind({ Proto: 'tls', Opts: { ...Opts } });
    expect(reply).toMatchObject({ URL: 'tls://app.localhost:8443', Opts, Error: '' });
    expect(world.directory.find('tls', 'app.localhost')?.tls).toEqual(ending);
    expect(world.route()).toBeUndefined();
  });

  test("takes the owner's certificate and key, which nobody else gets to see", async () => {
    const { world, agent } = await start();
    const { cert, key } = await makeAuthority(['app.localhost'], Date.UTC(2026, 0, 1));
    const TLSTermination = { cert: base64(cert), key: base64(key) };
    const Extra = { Metadata: 'mine' };
    const reply = await agent.bind({ Proto: 'tls', Opts: { TLSTermination }, Extra });
    expect(reply.Opts['TLSTermination']).toEqual(TLSTermination);
    const route = world.directory.find('tls', 'app.localhost');
    expect(route?.tls).toEqual({ kind: 'edge', certificate: { cert, key } });
    // Again, with a key that is wrong: refused, and no less discreet.
    const wrong = { cert: base64(cert), key: base64(key.replace(/[a-z]/, 'A')) };
    const refused = await agent.bind({ Proto: 'tls', Opts: { Domain: 'b', TLSTermination: wrong } });
    expect(codeOf(refused)).toBe('ERR_NGROK_301');
    agent.transport.destroy();
    await settle();
    const told = JSON.stringify([world.log, route?.endpoint, refused.Error, reply.Extra]);
    for (const secret of [cert, key]) {
      for (const text of [secret, base64(secret)]) expect(told).not.toContain(text.slice(40, 90).trim());
    }
  });

  test('and https exclude each other on one name, live and in both orders', async () => {
    const { agent } = await start();
    const https = await agent.bind();
    expect(codeOf(await agent.bind({ Proto: 'tls' }))).toBe('ERR_NGROK_334');
    await agent.unbind(https.Id);
    expect((await agent.bind({ Proto: 'tls' })).Error).toBe('');
    expect(codeOf(await agent.bind())).toBe('ERR_NGROK_334');
    expect((await agent.bind({ Proto: 'http' })).Error).toBe('');
  });

  test.each<[before: object | null, after: object | null]>([
    [null, {}],
    [{}, null],
    [{}, { cert: 'Q', key: 'Q' }],
  ])('ended as %j does not come back ended as %j', async (before, after) => {
    const { agent } = await start();
    const first = await agent.bind({ Proto: 'tls', Opts: { TLSTermination: before } });
    await agent.unbind(first.Id);
    const rebind = (TLSTermination: object | null) =>
      agent.bind({
        ...{ Proto: 'tls', Id: first.Id, Extra: { Token: first.Extra['Token'] } },
        Opts: { ...first.Opts, TLSTermination },
      });
    expect(codeOf(await rebind(after))).toMatch(/_(335|301)$/);
    expect((await rebind(before)).Error).toBe('');
  });
});

describe('a wildcard', () => {
  test('serves every name below it that has no endpoint of its own', async () => {
    const { world, agent } = await start();
    const reply = await agent.bind({ Opts: { Domain: '*.app.localhost' } });
    expect(reply).toMatchObject({
      URL: 'https://*.app.localhost:8443',
      Opts: { Domain: '*.app.localhost' },
      Error: '',
    });
    const own = await agent.bind({ Opts: { Domain: 'b.app.localhost' } });
    expect(world.route('a.app.localhost')?.bindId).toBe(reply.Id);
    expect(world.route('b.app.localhost')?.bindId).toBe(own.Id);
    expect((await agent.rebind(own)).Error).not.toBe('');
  });

  test('keeps the names below it from other accounts', async () => {
    const { world, agent } = await start();
    await agent.bind({ Opts: { Domain: '*.app.localhost' } });
    const other = await another(world, 'theirs');
    expect(codeOf(await other.bind({ Opts: { Domain: 'a.app.localhost' } }))).toBe('ERR_NGROK_320');
    expect((await other.bind()).Error).toBe('');
  });
});

describe('an internal endpoint', () => {
  const internal = { Opts: { Domain: 'db.internal' }, Extra: { Bindings: ['internal'] } };
  const address = { scheme: 'https', host: 'db.internal', port: 443, binding: 'internal' } as const;

  test('is reached by its own account and by nobody from outside', async () => {
    const { world, agent } = await start();
    const reply = await agent.bind(internal);
    expect(reply).toMatchObject({ URL: 'https://db.internal:443', Error: '' });
    expect(world.route('db.internal')).toBeUndefined();
    expect(world.directory.isKnownHost('db.internal')).toBe(false);
    expect(world.directory.findInternal(principals.ours.accountId, address)?.bindId).toBe(reply.Id);
    expect(world.directory.findInternal(principals.theirs.accountId, address)).toBeUndefined();
  });

  test('has a name that another account may have, too', async () => {
    const { world, agent } = await start();
    const replies = [await agent.bind(internal), await (await another(world, 'theirs')).bind(internal)];
    expect(replies.map(codeOf)).toEqual([undefined, undefined]);
    expect(codeOf(await (await another(world, 'ours2')).bind(internal))).toBe('ERR_NGROK_334');
  });

  test('of tcp opens no port', async () => {
    const { world, agent } = await start();
    const reply = await agent.bind({ Proto: 'tcp', Opts: { URL: 'tcp://db.internal:5432' } });
    expect(reply).toMatchObject({ URL: 'tcp://db.internal:5432', Opts: { Addr: 'db.internal:5432' }, Error: '' });
    expect(world.openPorts.size).toBe(0);
    expect(world.directory.findPort(5_432)).toBeUndefined();
  });

  test('comes back with its port', async () => {
    const { agent } = await start();
    const first = await agent.bind({ Opts: { Domain: 'db.internal:8443' } });
    await agent.unbind(first.Id);
    expect(await agent.rebind(first)).toMatchObject({ Id: first.Id, URL: 'https://db.internal:8443', Error: '' });
  });

  test.each<[binding: string, Domain: string]>([
    ['internal', 'app.localhost'],
    ['internal', ''],
    ['public', 'db.internal'],
  ])('is one by its name: %s and %j are refused together with 326', async (binding, Domain) => {
    const { agent } = await start();
    expect(codeOf(await agent.bind({ Opts: { Domain }, Extra: { Bindings: [binding] } }))).toBe('ERR_NGROK_326');
  });
});

describe('a pool', () => {
  const pooled = { Extra: { PoolingEnabled: true } };

  test('has members of several sessions under one URL; each leaves alone', async () => {
    const { world, agent } = await start();
    const other = await another(world, 'ours2');
    const [one, two] = [await agent.bind(pooled), await other.bind(pooled)];
    expect([one['URL'], two['URL']]).toEqual(Array(2).fill('https://app.localhost:8443'));
    expect(new Set(listed(world).map(({ id }) => id))).toEqual(new Set([one.Id, two.Id]));
    await agent.unbind(one.Id);
    expect(world.route()?.bindId).toBe(two.Id);
    other.transport.destroy();
    await settle();
    expect(world.route()).toBeUndefined();
    expect(codeOf(await (await another(world, 'theirs')).bind(pooled))).toBe('ERR_NGROK_320');
  });

  test.each<[what: string, first: object, second: object]>([
    ['that the first does not want', {}, pooled],
    ['that the second does not want', pooled, {}],
    ['of another scheme', { ...pooled, Proto: 'tls' }, pooled],
  ])('%s is refused with 334', async (_what, first, second) => {
    const { world, agent } = await start();
    await agent.bind(first);
    expect(codeOf(await (await another(world, 'ours2')).bind(second))).toBe('ERR_NGROK_334');
    expect(codeOf(await agent.bind(second))).toBe('ERR_NGROK_334');
    expect(listed(world)).toHaveLength(1);
  });

  test('of another account is refused with 320', async () => {
    const { world, agent } = await start();
    await agent.bind(pooled);
    expect(codeOf(await (await another(world, 'theirs')).bind(pooled))).toBe('ERR_NGROK_320');
  });

  test('is joined without asking its members, and only one that stands in the way is asked', async () => {
    const world = startWorld();
    const mute = world.connect({ isMute: true });
    await mute.auth();
    await mute.bind(pooled);
    const agent = await another(world, 'ours2');
    // Whoever is asked does not answer, and the clock stands still.
    expect((await agent.bind(pooled)).Error).toBe('');
    await settle();
    expect(mute.mux.openStreamCount).toBe(0);
    const refused = agent.bind();
    await settle();
    expect(mute.mux.openStreamCount).toBe(1);
    world.clock.advance(2_000);
    expect(codeOf(await refused)).toBe('ERR_NGROK_334');
    expect(listed(world)).toHaveLength(1);
  });

  test('has each bind of a session once, also when it is opened twice at the same time', async () => {
    const { world, agent } = await start();
    const first = await agent.bind(pooled);
    const again = () =>
      agent.bind({ Id: first.Id, Opts: first.Opts, Extra: { ...pooled.Extra, Token: first.Extra['Token'] } });
    expect(codeOf(await again())).toBe('ERR_NGROK_334');
    await agent.unbind(first.Id);
    const refused = (await Promise.all([again(), again()])).map(codeOf).filter((code) => code !== undefined);
    expect(refused).toEqual(['ERR_NGROK_334']);
    await agent.unbind(first.Id);
    expect(listed(world)).toEqual([]);
    expect(world.chains.every((chain) => chain.isClosed)).toBe(true);
  });

  test('of several legs of one agent is stopped as a whole (§14.4)', async () => {
    const { world, agent } = await start();
    const first = await agent.bind(pooled);
    const leg = world.connect();
    await leg.auth('ours', { Extra: { LegNumber: 1 } });
    const Extra = { ...pooled.Extra, Token: first.Extra['Token'] };
    expect((await leg.bind({ Id: first.Id, Opts: first.Opts, Extra })).Error).toBe('');
    const key = { accountId: principals.ours.accountId, endpointId: first.Id as `ep_${string}` };
    expect(world.sessions.stopEndpoint(key, new AditError(320))).toBe(true);
    expect(world.route()).toBeUndefined();
    await settle();
    expect([agent, leg].map((one) => one.streams.at(-1)?.type)).toEqual(Array(2).fill(streamTypes.stopTunnel));
  });

  test('of a tcp port has it open until its last member leaves', async () => {
    const { world, agent } = await start();
    const member = () => agent.bind({ ...tcpAt(20_001), ...pooled });
    const [one, two] = [await member(), await member()];
    expect(world.openPorts.get(20_001)).toBe(2);
    await agent.unbind(one.Id);
    expect(world.directory.findPort(20_001)?.bindId).toBe(two.Id);
    await agent.unbind(two.Id);
    expect(world.openPorts.size).toBe(0);
  });
});
