import { AditError, newId } from '@adit/contracts';
import { streamTypes } from '@adit/wire';
import { describe, expect, test } from 'vitest';
import { always } from '../../policy/document/policy-document.ts';
import { codeOf, principals, settle, startWorld, type TestAgent, type TestWorld } from './test-agent.testkit.ts';

async function startAgent(
  options: Parameters<typeof startWorld>[0] = {},
): Promise<{ world: TestWorld; agent: TestAgent }> {
  const world = startWorld(options);
  const agent = world.connect();
  await agent.auth();
  return { world, agent };
}

describe('Bind', () => {
  test('publishes the route and answers everything that SDKs need (§16.5)', async () => {
    const { world, agent } = await startAgent();
    const reply = await agent.bind({ Opts: { ProxyProto: 0, LocalUrlScheme: null }, Extra: { Metadata: 'mine' } });
    expect(reply).toEqual({
      Id: expect.stringMatching(/^ep_/),
      URL: 'https://app.localhost:8443',
      Proto: 'https',
      Opts: {
        Domain: 'app.localhost',
        Hostname: 'app.localhost',
        Subdomain: '',
        Auth: '',
        HostHeaderRewrite: false,
        ProxyProto: 0,
        LocalUrlScheme: null,
      },
      Extra: { Token: expect.any(String), TunnelID: reply.Id },
      Error: '',
    });
    expect(world.route()).toMatchObject({
      bindId: reply.Id,
      link: { kind: 'agent' },
      endpoint: {
        id: reply.Id,
        accountId: principals.ours.accountId,
        credentialId: principals.ours.credentialId,
        agentSessionId: agent.clientId,
        url: reply['URL'],
        forwardsTo: 'http://localhost:3000',
        metadata: 'mine',
      },
    });
  });

  test('gives http and https of a name to one session, as two endpoints with ids of their own', async () => {
    const { world, agent } = await startAgent();
    const [https, http] = [await agent.bind(), await agent.bind({ Proto: 'http' })];
    expect(http['URL']).toBe('http://app.localhost:8080');
    expect(http.Id).not.toBe(https.Id);
    expect(world.directory.list(principals.ours.accountId)).toHaveLength(2);
  });

  test.each<[what: string, opts: object]>([
    ['nothing', { Domain: '' }],
    ['a bare scheme, as Go sends it', { Domain: '', URL: 'https://' }],
  ])('chooses a name when asked for %s', async (_what, Opts) => {
    const { agent } = await startAgent();
    expect((await agent.bind({ Opts: { ...Opts } }))['URL']).toMatch(
      /^https:\/\/[a-z]+-[a-z]+-[a-z]{6}\.localhost:8443$/,
    );
  });

  test.each<[what: string, opts: object]>([
    ['Domain', { Domain: 'APP.localhost.' }],
    ['Hostname', { Domain: '', Hostname: 'app.localhost' }],
    ['Subdomain', { Domain: '', Subdomain: 'app' }],
    ['URL', { Domain: '', URL: 'https://app.localhost:8443' }],
    ['several ways that agree', { Domain: 'app', Hostname: 'app.localhost', Subdomain: 'app', URL: 'app' }],
  ])('takes the name from %s', async (_what, Opts) => {
    const { agent } = await startAgent();
    expect(await agent.bind({ Opts: { ...Opts } })).toMatchObject({ URL: 'https://app.localhost:8443', Error: '' });
  });

  test.each<[what: string, change: object, code: string]>([
    ['names that differ', { Opts: { Domain: 'a', Hostname: 'b' } }, 'ERR_NGROK_326'],
    ['an invalid name', { Opts: { Domain: 'a_b' } }, 'ERR_NGROK_326'],
    ['a name outside the domain', { Opts: { Domain: 'app.example.com' } }, 'ERR_NGROK_319'],
    ['a reserved name', { Opts: { Domain: 'api' } }, 'ERR_ADIT_9404'],
    ['ssh', { Proto: 'ssh' }, 'ERR_NGROK_332'],
    ['an option that is not enforced (§16.10)', { Opts: { OAuth: { provider: 'google' } } }, 'ERR_ADIT_9403'],
    ['metadata of more than 4,096 bytes', { Extra: { Metadata: 'x'.repeat(4097) } }, 'ERR_NGROK_301'],
    ['options that are no object', { Opts: { IPRestriction: 'x' } }, 'ERR_NGROK_301'],
  ])('refuses %s, and nothing is published', async (_what, change, code) => {
    const { world, agent } = await startAgent();
    expect(codeOf(await agent.bind(change))).toBe(code);
    expect(world.directory.list(principals.ours.accountId)).toEqual([]);
    expect((await agent.bind()).Error).toBe('');
  });

  test('refuses what is not a Bind with 301', async () => {
    const { agent } = await startAgent();
    expect(codeOf(await agent.call(streamTypes.bind, { Opts: [1] }))).toBe('ERR_NGROK_301');
  });

  test('refuses a name that the same session has with 334', async () => {
    const { agent } = await startAgent();
    await agent.bind();
    expect(codeOf(await agent.bind())).toBe('ERR_NGROK_334');
  });

  test.each([
    ['another session of the account', 'ours2', 'ERR_NGROK_334'],
    ['another account', 'theirs', 'ERR_NGROK_320'],
  ] as const)('of two at once for one name, the other by %s, exactly one is done', async (_, token, code) => {
    for (let round = 0; round < 10; round++) {
      const { world, agent } = await startAgent();
      const other = world.connect();
      await other.auth(token);
      const both = round % 2 === 0 ? [agent, other] : [other, agent];
      const replies = await Promise.all(both.map((one) => one.bind()));
      expect(new Set(replies.map(codeOf))).toEqual(new Set([code, undefined]));
      const winner = replies.find((reply) => codeOf(reply) === undefined);
      expect(world.route()).toMatchObject({ bindId: winner?.Id });
    }
  });

  test('is limited per session with 324, those under way included', async () => {
    const { world, agent } = await startAgent({ limits: { maxEndpointsPerSession: 2 } });
    const replies = await Promise.all(['a', 'b', 'c'].map((Domain) => agent.bind({ Opts: { Domain } })));
    expect(replies.map(codeOf).filter((code) => code === 'ERR_NGROK_324')).toHaveLength(1);
    await agent.unbind(replies.find((reply) => reply.Error === '')?.Id ?? '');
    expect((await agent.bind()).Error).toBe('');
    expect(world.directory.list(principals.ours.accountId)).toHaveLength(2);
  });

  test.each([
    ['', 'http1'],
    ['http2', 'http2'],
  ])('publishes what the service speaks: ForwardsProto %j', async (ForwardsProto, expected) => {
    const { world, agent } = await startAgent();
    await agent.bind({ ForwardsProto });
    expect(world.route()?.endpoint.upstreamProtocol).toBe(expected);
  });

  test('keeps 1,024 characters of what is shown', async () => {
    const { world, agent } = await startAgent();
    const long = 'x'.repeat(5_000);
    await agent.bind({ ForwardsTo: long, Extra: { Name: long, Description: long } });
    const { forwardsTo, name, description } = world.route()?.endpoint ?? {};
    expect([forwardsTo, name, description]).toEqual(Array(3).fill('x'.repeat(1_024)));
  });

  test('publishes what the edge needs to know of the upstream', async () => {
    const { world, agent } = await startAgent();
    await agent.bind({ Opts: { ProxyProto: 2, HostHeader: 'localhost:3000' } });
    expect(world.route()?.endpoint).toMatchObject({ proxyProtocol: 2, hostHeader: 'localhost:3000', isPooled: false });
  });
});

describe('the chain of a bind', () => {
  const IPRestriction = { allow_cidrs: ['10.0.0.0/8'], deny_cidrs: [] };

  test('is compiled from IPRestriction before the route is published', async () => {
    const { world, agent } = await startAgent();
    const compiled = Promise.withResolvers<void>();
    world.hooks.compileChain = () => compiled.promise;
    const reply = agent.bind({ Opts: { IPRestriction } });
    await settle();
    expect(world.route()).toBeUndefined();
    compiled.resolve();
    await reply;
    expect(world.route()?.chain).toBe(world.chains[0]);
    const action = { type: 'restrict-ips', config: { allow: ['10.0.0.0/8'], deny: [] } };
    expect(world.chains[0]?.source.document).toEqual({ on_tcp_connect: [always(action)] });
  });

  test('that cannot be compiled leaves no endpoint', async () => {
    const { world, agent } = await startAgent();
    world.hooks.compileChain = async () => {
      throw new AditError(362, 'Cannot read "x"');
    };
    expect((await agent.bind({ Opts: { IPRestriction } })).Error).toBe('Cannot read "x"\n\nERR_NGROK_362');
    world.hooks.compileChain = async () => {
      throw new TypeError('bug');
    };
    expect(codeOf(await agent.bind())).toBe('ERR_NGROK_802');
    expect(world.directory.isKnownHost('app.localhost')).toBe(false);
  });

  test('is closed when the name is not to be had, on Unbind, and with the session', async () => {
    const { world, agent } = await startAgent();
    const first = await agent.bind();
    await agent.bind();
    expect(world.chains.map((chain) => chain.isClosed)).toEqual([false, true]);
    await agent.unbind(first.Id);
    await agent.bind();
    agent.transport.destroy();
    await settle();
    expect(world.chains.map((chain) => chain.isClosed)).toEqual([true, true, true]);
  });

  test('is closed when the session ended while it was compiled, and nothing is published', async () => {
    const { world, agent } = await startAgent();
    const compiled = Promise.withResolvers<void>();
    world.hooks.compileChain = () => compiled.promise;
    const reply = agent.bind().catch(() => 'lost');
    await settle();
    agent.transport.destroy();
    await settle();
    compiled.resolve();
    expect(await reply).toBe('lost');
    await settle();
    expect(world.directory.isKnownHost('app.localhost')).toBe(false);
    expect(world.chains[0]?.isClosed).toBe(true);
  });
});

describe('Unbind', () => {
  test('is idempotent, also for ids never seen (§16.5), and frees the name at once', async () => {
    const { world, agent } = await startAgent();
    const { Id } = await agent.bind();
    for (const id of [Id, Id, Id, 'ep_never', '']) expect(await agent.unbind(id)).toEqual({});
    expect(world.directory.isKnownHost('app.localhost')).toBe(false);
    expect((await agent.bind()).Id).not.toBe(Id);
  });

  test("cannot touch another session's endpoint", async () => {
    const { world, agent } = await startAgent();
    const other = world.connect();
    await other.auth('theirs');
    expect(await other.unbind((await agent.bind()).Id)).toEqual({});
    expect(world.route()).toBeDefined();
  });
});

describe('PatchTunnelState', () => {
  async function patch(change: object, pooled = false) {
    const { world, agent } = await startAgent();
    const Extra = { Metadata: 'old', Name: 'old name', Description: 'old words', PoolingEnabled: pooled };
    const bound = await agent.bind({ Extra });
    const before = world.route();
    const reply = await agent.call(streamTypes.patchTunnelState, { TunnelId: bound.Extra['TunnelID'], ...change });
    const { name, description, metadata } = world.route()?.endpoint ?? {};
    return { reply, shown: [name, description, metadata], isSame: world.route() === before };
  }
  const old = ['old name', 'old words', 'old'];

  test.each<[change: object, shown: string[]]>([
    [{ Metadata: 'new' }, ['old name', 'old words', 'new']],
    [{ Metadata: '' }, ['old name', 'old words', '']],
    [{ Name: 'new', Description: '' }, ['new', '', 'old']],
    [{ name: 'new', description: 'new', metadata: 'new' }, ['new', 'new', 'new']],
    [{ Description: 'x'.repeat(5_000) }, ['old name', 'x'.repeat(1_024), 'old']],
  ])('%j changes what is there and nothing else', async (change, shown) => {
    expect(await patch(change)).toEqual({ reply: {}, shown, isSame: false });
  });

  test.each([{}, { PoolingEnabled: false }, { TrafficPolicy: '', Name: null }])(
    '%j changes nothing',
    async (change) => {
      expect(await patch(change)).toEqual({ reply: {}, shown: old, isSame: true });
    },
  );

  test.each<[change: object, code: string]>([
    [{ TrafficPolicy: 'x', Name: 'new' }, 'ERR_ADIT_9403'],
    [{ PoolingEnabled: true, Name: 'new' }, 'ERR_ADIT_9403'],
    [{ Metadata: 'x'.repeat(4097), Name: 'new' }, 'ERR_NGROK_301'],
    [{ TunnelId: newId('endpoint', 1), Metadata: 'new' }, 'ERR_NGROK_333'],
  ])('refuses %j and changes nothing', async (change, code) => {
    const { reply, shown, isSame } = await patch(change);
    expect(codeOf(reply)).toBe(code);
    expect([shown, isSame]).toEqual([old, true]);
  });

  test('takes a pooled endpoint out of no pool', async () => {
    expect(codeOf((await patch({ PoolingEnabled: false }, true)).reply)).toBe('ERR_ADIT_9403');
    expect((await patch({ PoolingEnabled: true }, true)).reply).toEqual({});
  });

  test("cannot change another session's endpoint", async () => {
    const { world, agent } = await startAgent();
    const { Id } = await agent.bind();
    const other = world.connect();
    await other.auth('theirs');
    expect(codeOf(await other.call(streamTypes.patchTunnelState, { TunnelId: Id, Name: 'x' }))).toBe('ERR_NGROK_333');
    expect(world.route()?.endpoint.name).toBe('');
  });
});

describe('a bind that comes back', () => {
  test('to a restarted server with empty memory has its id, URL and age again (§14.2.3)', async () => {
    const { world, agent } = await startAgent();
    const first = await agent.bind({ Opts: { Domain: '' } });
    const createdAtMs = world.directory.list(principals.ours.accountId)[0]?.createdAtMs;
    world.clock.advance(1_000);
    const restarted = startWorld({ after: world });
    const again = agent.as(restarted.connect());
    expect((await again.auth())['ClientId']).toBe(agent.clientId);
    const reply = await again.rebind(first);
    expect(reply).toMatchObject({ Id: first.Id, URL: first['URL'], Opts: first.Opts, Error: '' });
    const [endpoint] = restarted.directory.list(principals.ours.accountId);
    expect(endpoint).toMatchObject({ id: first.Id, createdAtMs, agentSessionId: agent.clientId });
  });

  test('may say no name at all, and gets its own', async () => {
    const { world, agent } = await startAgent();
    const first = await agent.bind();
    agent.transport.destroy();
    await settle();
    const again = agent.as(world.connect());
    await again.auth();
    const Opts = { Domain: '', Hostname: '', Subdomain: '' };
    expect(await again.rebind(first, { Opts })).toMatchObject({ Id: first.Id, URL: first['URL'], Error: '' });
  });

  const IPRestriction = { allow_cidrs: ['10.0.0.0/8'] };
  test.each<[what: string, change: { Opts?: Record<string, unknown>; Token?: string }]>([
    ['without its restriction: never weaker', { Opts: { IPRestriction: null } }],
    ['with a wider restriction', { Opts: { IPRestriction: { allow_cidrs: ['0.0.0.0/0'] } } }],
    ['with another name', { Opts: { Domain: 'b', Hostname: 'b' } }],
    ['without a token', { Token: '' }],
    ['with a forged token', { Token: 'abc.def' }],
  ])('%s, is refused with 335', async (_what, change) => {
    const { world, agent } = await startAgent();
    const first = await agent.bind({ Opts: { IPRestriction } });
    agent.transport.destroy();
    await settle();
    const again = agent.as(world.connect());
    await again.auth();
    expect(codeOf(await again.rebind(first, change))).toBe('ERR_NGROK_335');
    expect(world.route()).toBeUndefined();
    expect((await again.rebind(first)).Error).toBe('');
  });

  test('with the token of another endpoint, or as another protocol, is refused with 335', async () => {
    const { agent } = await startAgent();
    const [one, two] = [await agent.bind(), await agent.bind({ Opts: { Domain: 'b' } })];
    await agent.unbind(one.Id);
    expect(codeOf(await agent.rebind(one, { Token: String(two.Extra['Token']) }))).toBe('ERR_NGROK_335');
    const asHttp = { Id: one.Id, Proto: 'http', Opts: one.Opts, Extra: { Token: one.Extra['Token'] } };
    expect(codeOf(await agent.bind(asHttp))).toBe('ERR_NGROK_335');
  });

  test('under another account is refused with 335, also when the name is free (§14.2.6)', async () => {
    const { world, agent } = await startAgent();
    const first = await agent.bind();
    await agent.unbind(first.Id);
    const thief = world.connect();
    await thief.auth('theirs');
    expect(codeOf(await thief.rebind(first))).toBe('ERR_NGROK_335');
  });

  test('with an option that is not enforced is refused, token or not', async () => {
    const { agent } = await startAgent();
    const first = await agent.bind();
    await agent.unbind(first.Id);
    expect(codeOf(await agent.rebind(first, { Opts: { OAuth: { provider: 'google' } } }))).toBe('ERR_ADIT_9403');
  });
});

describe('stopEndpoint()', () => {
  test('cuts streams, frees the name, refuses the rebind, and tells the agent', async () => {
    const { world, agent } = await startAgent();
    const first = await agent.bind();
    const command = agent.nextStream();
    const key = { accountId: principals.ours.accountId, endpointId: first.Id as `ep_${string}` };
    expect(world.sessions.stopEndpoint(key, new AditError(320, 'No right to the name'))).toBe(true);
    expect(world.route()).toBeUndefined();
    expect(world.directory.isKnownHost('app.localhost')).toBe(false);
    expect(world.cut).toEqual([first.Id]);
    const stream = await command;
    expect(stream.type).toBe(streamTypes.stopTunnel);
    const body = JSON.stringify({ Id: first.Id, Message: 'No right to the name', ErrorCode: 'ERR_NGROK_320' });
    expect(String(await stream.toArray())).toBe(body);
    expect(codeOf(await agent.rebind(first))).toBe('ERR_NGROK_333');
    const again = agent.as(world.connect());
    await again.auth();
    expect(codeOf(await again.rebind(first))).toBe('ERR_NGROK_333');
  });

  test('answers false for an endpoint of another account and leaves it', async () => {
    const { world, agent } = await startAgent();
    const { Id } = await agent.bind();
    const key = { accountId: principals.theirs.accountId, endpointId: Id as `ep_${string}` };
    expect(world.sessions.stopEndpoint(key, new AditError(320))).toBe(false);
    expect(world.route()).toBeDefined();
  });
});

describe('an endpoint that lacks what its account requires', () => {
  const lacking = new AditError(9409, 'Cannot open the endpoint: its account requires basic-auth');

  test('since it was begun to be opened is refused', async () => {
    const { world, agent } = await startAgent();
    world.hooks.lacks = lacking;
    expect(codeOf(await agent.bind())).toBe('ERR_ADIT_9409');
    expect([world.route(), world.chains[0]?.isClosed]).toEqual([undefined, true]);
  });

  test('goes offline, its streams are cut, and its agent is told', async () => {
    const { world, agent } = await startAgent();
    const first = await agent.bind();
    const command = agent.nextStream();
    world.chains[0]?.follower?.onLacking(lacking);
    expect([world.route(), world.cut, world.chains[0]?.isClosed]).toEqual([undefined, [first.Id], true]);
    const body = JSON.stringify({ Id: first.Id, Message: lacking.message, ErrorCode: 'ERR_ADIT_9409' });
    expect(String(await (await command).toArray())).toBe(body);
  });
});

describe('command()', () => {
  async function command(answer: string | null, type: 'stop' | 'restart' | 'update', extra: object = {}) {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth('ours', { Extra: { ...extra } });
    const opened = agent.nextStream();
    const key = { accountId: principals.ours.accountId, sessionId: agent.clientId as `ts_${string}` };
    const done = world.sessions.command(key, { type }).then(
      () => 'done',
      (error: AditError) => `${error.code} ${error.message}`,
    );
    if (answer === null) return { done, world, agent };
    const stream = await opened;
    const request = await new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk))));
    stream.write(answer);
    return { done, world, agent, type: stream.type, request };
  }

  test('stop resolves when the agent says yes, though it leaves the stream open as Go does', async () => {
    const { done, type, request } = await command('{}', 'stop');
    expect([await done, type, request]).toEqual(['done', streamTypes.stop, '{}']);
  });

  test('update carries both keys that Rust needs', async () => {
    const { request } = await command('{}', 'update', { UpdateUnsupportedError: '' });
    expect(request).toBe('{"Version":"","PermitMajorVersion":false}');
  });

  test.each([
    ['in its words', 'no callback', 'no callback'],
    ['without the code of its own table', 'Not now\n\nERR_NGROK_107', 'Not now'],
    ['on one line that no terminal obeys', 'a\u001b[2J\r\nb', 'a?[2J b'],
    ['briefly', 'x'.repeat(501), `${'x'.repeat(500)}…`],
    ['though it gives no reason', '\nERR_NGROK_1', 'it does not say why'],
  ])('fails when the agent refuses, %s', async (_how, words, told) => {
    const { done } = await command(JSON.stringify({ Error: words }), 'stop');
    expect(await done).toBe(`9406 Cannot stop the agent: ${told}`);
  });

  test.each([
    [{ RestartUnsupportedError: null, UpdateUnsupportedError: null }, 'it does not know the command'],
    [{ RestartUnsupportedError: 'switched off', UpdateUnsupportedError: 'switched off' }, 'switched off'],
  ])('does not ask an agent that says %j', async (extra, why) => {
    for (const type of ['restart', 'update'] as const) {
      const { done, agent } = await command(null, type, extra);
      expect(await done).toBe(`9406 Cannot ${type} the agent: ${why}`);
      expect(agent.streams).toEqual([]);
    }
  });

  test('gives up after 10 s', async () => {
    const { done, world } = await command(null, 'stop');
    await settle();
    world.clock.advance(10_000);
    expect(await done).toBe('9407 Cannot stop the agent: no answer came in time');
  });

  test.each([
    ['an answer that is none', '{"Error":5}'],
    ['no answer and a lost connection', null],
  ])('tells of %s', async (_what, answer) => {
    const { done, agent } = await command(answer, 'stop');
    await settle();
    if (answer === null) agent.transport.destroy();
    expect(await done).toBe('9407 Cannot stop the agent: its connection was lost, or the answer cannot be read');
  });

  test('answers 9101 for a session of another account as for none', async () => {
    const { world, agent } = await startAgent();
    const sessionId = agent.clientId as `ts_${string}`;
    const { accountId } = principals.theirs;
    await expect(world.sessions.command({ accountId, sessionId }, { type: 'stop' })).rejects.toMatchObject({
      code: 9101,
    });
    const missing = { accountId, sessionId: newId('agentSession', 1) };
    await expect(world.sessions.command(missing, { type: 'stop' })).rejects.toMatchObject({ code: 9101 });
  });
});
