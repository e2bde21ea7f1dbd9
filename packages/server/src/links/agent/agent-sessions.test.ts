import { AditError, newId } from '@adit/contracts';
import { startHeartbeat, streamTypes } from '@adit/wire';
import { describe, expect, test } from 'vitest';
import { usualRoles } from '../../domain/roles.ts';
import { newSecret } from '../../domain/secret.ts';
import { codeOf, principals, settle, startWorld, tokens, usualAuthExtra } from './test-agent.testkit.ts';

const unknownToken = newSecret('authtoken');

describe('Auth', () => {
  test('answers an id, the version and a cookie, in the spelling that SDKs read', async () => {
    const world = startWorld();
    const reply = await world.connect().auth();
    expect(reply).toEqual({
      Version: '3',
      ClientId: expect.stringMatching(/^ts_/),
      Error: '',
      Extra: {
        Version: '1.2.3',
        Region: '',
        Cookie: expect.stringMatching(/^[\w-]{43}$/),
        AccountName: 'Acme',
        SessionDuration: 0,
        PlanName: '',
        Banner: '',
        AgentSessionID: reply['ClientId'],
      },
    });
    expect(world.sessions.size).toBe(1);
  });

  test('takes keys in any letter case, as Go and Rust differ (§16.5)', async () => {
    const agent = startWorld().connect();
    const Extra = { ...usualAuthExtra, Authtoken: tokens.ours };
    expect(await agent.call(streamTypes.auth, { version: ['3'], clientid: '', extra: Extra })).toMatchObject({
      Error: '',
    });
  });

  test.each<[offered: string[], chosen: string]>([
    [['3', '2'], '3'],
    [['2'], '2'],
    [['9', '2', '3'], '2'],
  ])('chooses of versions %j the first it knows', async (Version, chosen) => {
    const agent = startWorld().connect();
    const Extra = { ...usualAuthExtra, AuthToken: tokens.ours };
    expect(await agent.call(streamTypes.auth, { Version, Extra })).toMatchObject({ Error: '', Version: chosen });
  });

  test.each<[what: string, token: string, extra: object, code: string]>([
    ['no token', '', {}, 'ERR_NGROK_105'],
    ['a token of another form', '2aBcDeF_4xY', {}, 'ERR_NGROK_105'],
    ['an API key', newSecret('api_key'), {}, 'ERR_NGROK_105'],
    ['a token with a line break', `${tokens.ours}\n`, {}, 'ERR_NGROK_105'],
    ['an authtoken that is cut short', tokens.ours.slice(0, -1), {}, 'ERR_NGROK_105'],
    ['an unknown token', unknownToken, {}, 'ERR_NGROK_107'],
    ['metadata of more than 4,096 bytes', 'ours', { Metadata: 'ä'.repeat(2049) }, 'ERR_NGROK_100'],
    ['a heartbeat interval below 1 s', 'ours', { HeartbeatInterval: 0.999e9 }, 'ERR_NGROK_111'],
    ['a heartbeat interval above 5 min', 'ours', { HeartbeatInterval: 301e9 }, 'ERR_NGROK_111'],
    ['a negative heartbeat interval', 'ours', { HeartbeatInterval: -1 }, 'ERR_NGROK_111'],
    ['a heartbeat tolerance below 1 s', 'ours', { HeartbeatTolerance: 1 }, 'ERR_NGROK_112'],
    ['an interval that is no number', 'ours', { HeartbeatInterval: '10s' }, 'ERR_NGROK_109'],
  ])('refuses %s', async (_what, token, Extra, code) => {
    const world = startWorld();
    expect(codeOf(await world.connect().auth(token, { Extra: { ...Extra } }))).toBe(code);
    expect(world.sessions.size).toBe(0);
  });

  test('refuses protocol versions it does not know', async () => {
    const agent = startWorld().connect();
    const Extra = { ...usualAuthExtra, AuthToken: tokens.ours };
    expect(codeOf(await agent.call(streamTypes.auth, { Version: ['4'], Extra }))).toBe('ERR_ADIT_9400');
  });

  test('accepts the heartbeat that an agent did not announce', async () => {
    const reply = await startWorld()
      .connect()
      .auth('ours', { Extra: { HeartbeatInterval: 0, HeartbeatTolerance: null } });
    expect(reply.Error).toBe('');
  });

  test('a refused agent reads why, then the connection is closed', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth(unknownToken);
    await settle();
    expect(agent.mux.isClosed).toBe(false);
    world.clock.advance(1_000);
    await agent.closed;
  });

  test('is for principals who may open sessions, Bind for those who may bind', async () => {
    const world = startWorld();
    let credentialKind: 'api_key' | 'authtoken' = 'api_key';
    const principal = {
      ...principals.ours,
      get credentialKind() {
        return credentialKind;
      },
    };
    world.hooks.findPrincipal = async () => principal;
    expect(codeOf(await world.connect().auth())).toBe('ERR_ADIT_9100');
    credentialKind = 'authtoken';
    const agent = world.connect();
    await agent.auth();
    credentialKind = 'api_key';
    expect(codeOf(await agent.bind())).toBe('ERR_ADIT_9100');
    expect(codeOf(await agent.startTunnel({ app: 'shop' }))).toBe('ERR_ADIT_9100');
  });

  test('happens once on a connection', async () => {
    const agent = startWorld().connect();
    await agent.auth();
    expect(codeOf(await agent.auth())).toBe('ERR_ADIT_9400');
    expect((await agent.bind()).Error).toBe('');
  });

  test('has a deadline of 10 s (§16.8)', async () => {
    const world = startWorld();
    const agent = world.connect();
    world.clock.advance(9_999);
    await settle();
    expect(agent.mux.isClosed).toBe(false);
    world.clock.advance(1);
    await agent.closed;
  });

  test('answers an internal failure, and the connection is closed so that the agent tries again (§16.4)', async () => {
    const world = startWorld();
    world.hooks.findPrincipal = async () => {
      throw new Error('disk on fire');
    };
    const agent = world.connect();
    const reply = await agent.auth();
    expect(reply.Error).toBe('Internal error\n\nERR_NGROK_802');
    expect(world.log.join()).toContain('disk on fire');
    world.clock.advance(1_000);
    await agent.closed;
  });

  test('is limited per account with 108, and a session that ends makes room', async () => {
    const world = startWorld({ limits: { maxSessionsPerAccount: 1 } });
    const first = world.connect();
    await first.auth();
    expect(codeOf(await world.connect().auth('ours2'))).toBe('ERR_NGROK_108');
    expect((await world.connect().auth('theirs')).Error).toBe('');
    first.transport.destroy();
    await settle();
    expect((await world.connect().auth('ours2')).Error).toBe('');
  });

  test('a connection too many is closed unanswered, and room is made when one ends or authenticates', async () => {
    const world = startWorld({ limits: { maxUnauthenticated: 1 } });
    const first = world.connect();
    await world.connect().closed;
    await first.auth();
    const second = world.connect();
    await settle();
    expect(second.mux.isClosed).toBe(false);
    second.transport.destroy();
    await settle();
    expect((await world.connect().auth('theirs')).Error).toBe('');
  });
});

describe('refused Auths are rate-limited (§16.8)', () => {
  test('by token, without asking the store', async () => {
    const world = startWorld({ limits: { authFailuresPerToken: 2 } });
    for (const remoteAddress of ['192.0.2.1', '192.0.2.2']) await world.connect({ remoteAddress }).auth(unknownToken);
    expect(world.lookUps()).toBe(2);
    expect(codeOf(await world.connect({ remoteAddress: '192.0.2.3' }).auth(unknownToken))).toBe('ERR_NGROK_349');
    expect(world.lookUps()).toBe(2);
    expect((await world.connect({ remoteAddress: '192.0.2.3' }).auth()).Error).toBe('');
  });

  test('by address, for a minute', async () => {
    const world = startWorld({ limits: { authFailuresPerAddress: 2 } });
    await world.connect().auth(unknownToken);
    await world.connect().call(streamTypes.auth, { Extra: 'malformed' });
    expect(codeOf(await world.connect().auth())).toBe('ERR_NGROK_349');
    expect((await world.connect({ remoteAddress: '192.0.2.99' }).auth()).Error).toBe('');
    world.clock.advance(60_000);
    expect((await world.connect().auth()).Error).toBe('');
  });

  test('but agents that go on with one dead token do not use up the attempts of their address', async () => {
    const world = startWorld({ limits: { authFailuresPerAddress: 4, authFailuresPerToken: 2 } });
    for (let attempt = 0; attempt < 10; attempt++) await world.connect().auth(unknownToken);
    expect((await world.connect().auth()).Error).toBe('');
  });

  test('but not loopback, where one address stands for every program, or for a proxy on this machine', async () => {
    const world = startWorld({ limits: { authFailuresPerAddress: 1 } });
    for (const remoteAddress of ['127.0.0.1', '::1']) {
      for (let attempt = 0; attempt < 3; attempt++) await world.connect({ remoteAddress }).auth('malformed');
      expect((await world.connect({ remoteAddress }).auth()).Error).toBe('');
    }
  });

  test('but a connection that was lost in the middle is not counted', async () => {
    const world = startWorld({ limits: { authFailuresPerAddress: 1 } });
    const agent = world.connect();
    agent.mux.open(streamTypes.auth).write('{"Version":');
    await settle();
    agent.transport.destroy();
    await settle();
    expect((await world.connect().auth()).Error).toBe('');
  });

  test.each([new Error('store is away'), new AditError(9214)])(
    'but not for failures of our own: %s',
    async (failure) => {
      const world = startWorld({ limits: { authFailuresPerAddress: 1 } });
      world.hooks.findPrincipal = async () => {
        throw failure;
      };
      await world.connect().auth();
      world.hooks.findPrincipal = async () => {};
      expect((await world.connect().auth()).Error).toBe('');
    },
  );
});

describe('before Auth', () => {
  test.each<[what: string, type: number]>([
    ['Bind', streamTypes.bind],
    ['Unbind', streamTypes.unbind],
    ['StartTunnelWithLabel', streamTypes.startTunnelWithLabel],
    ['PatchTunnelState', streamTypes.patchTunnelState],
    ['an unknown type', 77],
  ])('%s is refused with 9401', async (_what, type) => {
    const world = startWorld();
    expect(codeOf(await world.connect().call(type, {}))).toBe('ERR_ADIT_9401');
    expect(world.directory.list(principals.ours.accountId)).toEqual([]);
  });

  test('SrvInfo and heartbeat are answered', async () => {
    const world = startWorld();
    const agent = world.connect();
    expect(await agent.call(streamTypes.srvInfo, {})).toEqual({ Region: '' });
    const beat = Promise.withResolvers<void>();
    startHeartbeat(agent.mux, { ...beatOptions(world), onBeat: () => beat.resolve() });
    await beat.promise;
  });
});

function beatOptions(world: { clock: { now(): number; after(ms: number, run: () => void): () => void } }) {
  return { intervalMs: 1_000, toleranceMs: 60_000, timer: world.clock, onLost: () => {} };
}

describe('heartbeat (§16.6)', () => {
  test.each<[what: string, extra: object, silenceMs: number]>([
    ['interval and tolerance as announced', { HeartbeatInterval: 20e9, HeartbeatTolerance: 7e9 }, 27_000],
    ['10 s and 15 s when nothing is announced', { HeartbeatInterval: 0, HeartbeatTolerance: 0 }, 25_000],
    ['at least 5 s', { HeartbeatInterval: 1e9, HeartbeatTolerance: 1e9 }, 5_000],
    ['the most that can be announced', { HeartbeatInterval: 300e9, HeartbeatTolerance: 300e9 }, 600_000],
  ])('a session without beats lives for %s, though TCP stays open', async (_what, Extra, silenceMs) => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth('ours', { Extra: { ...Extra } });
    // The last of the call is on its way still, and is a sign of life.
    await settle();
    world.clock.advance(silenceMs - 1);
    await settle();
    expect(world.sessions.size).toBe(1);
    world.clock.advance(1);
    await agent.closed;
    expect(world.sessions.size).toBe(0);
  });

  test('a session that says anything at all lives on', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth();
    await settle();
    for (let beat = 0; beat < 3; beat++) {
      world.clock.advance(24_999);
      await agent.call(streamTypes.srvInfo, {});
      await settle();
    }
    expect(world.sessions.size).toBe(1);
  });

  test('a session with beats lives on', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth();
    startHeartbeat(agent.mux, beatOptions(world));
    for (let second = 0; second < 100; second++) {
      world.clock.advance(1_000);
      await settle();
    }
    expect(world.sessions.size).toBe(1);
  });
});

describe('requests that this server does not know', () => {
  test.each([3, 4, 5, 6, 9, 11, 0xfffffffe])('type %d gets an error and FIN, and the session lives', async (type) => {
    const agent = startWorld().connect();
    await agent.auth();
    expect(codeOf(await agent.call(type, {}))).toBe('ERR_ADIT_9402');
    expect((await agent.bind()).Error).toBe('');
  });
});

describe('closeByAccount()', () => {
  test('ends exactly the sessions of that account, frees their names and says 103', async () => {
    const world = startWorld();
    const [suspended, other] = [world.connect(), world.connect()];
    await suspended.auth('ours');
    await other.auth('theirs');
    await suspended.bind();
    await other.bind({ Opts: { Domain: 'other.localhost' } });
    const bytes: Buffer[] = [];
    suspended.transport.on('data', (chunk: Buffer) => bytes.push(chunk));
    expect(world.sessions.closeByAccount(principals.ours.accountId)).toBe(1);
    expect(world.directory.isKnownHost('app.localhost')).toBe(false);
    expect(world.route('other.localhost')).toBeDefined();
    await suspended.closed;
    expect(Buffer.concat(bytes).toString('latin1')).toContain('ERR_NGROK_103');
  });

  test('an agent of a suspended account is told 103 and locks nobody out behind its address', async () => {
    const world = startWorld({ limits: { authFailuresPerAddress: 1 } });
    world.hooks.findPrincipal = async () => {
      throw new AditError(103);
    };
    const from = '203.0.113.7';
    for (let i = 0; i < 3; i++)
      expect(codeOf(await world.connect({ remoteAddress: from }).auth())).toBe('ERR_NGROK_103');
    world.hooks.findPrincipal = async () => {};
    expect((await world.connect({ remoteAddress: from }).auth()).Error).toBe('');
  });
});

describe('closeByCredential()', () => {
  test('ends exactly the sessions of that credential, frees their names and says 300', async () => {
    const world = startWorld();
    const [revoked, other] = [world.connect(), world.connect()];
    await revoked.auth('ours');
    await other.auth('ours2');
    await revoked.bind();
    await other.bind({ Opts: { Domain: 'other.localhost' } });
    expect(world.sessions.closeByCredential(principals.ours.credentialId)).toBe(1);
    expect(world.route()).toBeUndefined();
    expect(world.directory.isKnownHost('app.localhost')).toBe(false);
    expect(world.route('other.localhost')).toBeDefined();
    await revoked.closed;
    expect(world.chains.map((chain) => chain.isClosed)).toEqual([true, false]);
  });

  test('tells the agent why in the text of GOAWAY', async () => {
    const world = startWorld();
    const agent = world.connect();
    await agent.auth();
    const bytes: Buffer[] = [];
    agent.transport.on('data', (chunk: Buffer) => bytes.push(chunk));
    world.sessions.closeByCredential(principals.ours.credentialId);
    await agent.closed;
    expect(Buffer.concat(bytes).toString('latin1')).toContain('ERR_NGROK_300');
  });

  test('also catches the session whose token was being looked up', async () => {
    const world = startWorld();
    const [found, agent] = [Promise.withResolvers<void>(), world.connect()];
    world.hooks.findPrincipal = () => found.promise;
    const reply = agent.auth();
    await settle();
    expect(world.sessions.closeByCredential(principals.ours.credentialId)).toBe(0);
    found.resolve();
    expect(codeOf(await reply)).toBe('ERR_NGROK_107');
    expect(world.sessions.size).toBe(0);
  });
});

test('credentials() has one once for each ACL and right of its owner that sessions of it began with', async () => {
  const world = startWorld();
  const { viewer } = usualRoles;
  for (const change of [{ acl: [] }, { acl: ['bind:a.localhost'] }, { acl: [] }, { acl: [], roles: viewer }]) {
    world.hooks.findPrincipal = async () => ({ ...principals.ours, ...change });
    await world.connect().auth();
  }
  const { accountId, credentialId } = principals.ours;
  expect(world.sessions.credentials()).toEqual([
    { accountId, credentialId, acl: [], isWriters: true },
    { accountId, credentialId, acl: ['bind:a.localhost'], isWriters: true },
    { accountId, credentialId, acl: [], isWriters: false },
  ]);
});

describe('list()', () => {
  test('shows the sessions of one account, newest first', async () => {
    const world = startWorld();
    const [first, foreign] = [world.connect(), world.connect(), world.connect()];
    await first.auth('ours', { Extra: { Metadata: 'one', Version: '2.0' } });
    await foreign.auth('theirs');
    world.clock.advance(5);
    const third = world.connect();
    await third.auth('ours2', { Extra: { Metadata: 'three' } });
    expect(world.sessions.list(principals.ours.accountId)).toEqual([
      expect.objectContaining({ id: third.clientId, metadata: 'three', credentialId: principals.ours2.credentialId }),
      expect.objectContaining({
        id: first.clientId,
        metadata: 'one',
        remoteAddress: '192.0.2.7',
        agentVersion: '2.0',
        transport: 'ngrok/v2',
        ownerId: principals.ours.userId,
      }),
    ]);
    expect(world.sessions.list(newId('account', 1))).toEqual([]);
  });
});

describe('drain()', () => {
  test('says 803 to every agent, takes no new one, and resolves when all are gone', async () => {
    const world = startWorld();
    const [agent, stranger] = [world.connect(), world.connect()];
    await agent.auth();
    await agent.bind();
    const bytes: Buffer[] = [];
    agent.transport.on('data', (chunk: Buffer) => bytes.push(chunk));
    const drained = world.sessions.drain();
    expect(world.route()).toBeUndefined();
    await Promise.all([agent.closed, stranger.closed]);
    expect(Buffer.concat(bytes).toString('latin1')).toContain('ERR_NGROK_803');
    await world.connect().closed;
    await drained;
    expect(world.sessions.size).toBe(0);
    world.clock.advance(10_000);
    expect(world.clock.pendingTimers).toBe(1); // The name is held.
  });

  test('resolves at once without sessions', async () => {
    await startWorld().sessions.drain();
  });

  test('does not wait for ever for an agent that keeps its connection', async () => {
    const world = startWorld();
    const transport = world.connectRaw();
    transport.pause();
    const drained = world.sessions.drain();
    await settle();
    expect(transport.destroyed).toBe(false);
    world.clock.advance(250);
    await drained;
  });
});

test('[invariant: no-secret-leaves] secrets are never logged (§16.9)', async () => {
  const world = startWorld();
  const agent = world.connect();
  await agent.auth();
  const first = await agent.bind();
  await agent.bind({ Opts: { Auth: 'user:hush-basic' } });
  await agent.bind({ Opts: { OAuth: { provider: 'x', client_secret: 'hush-oauth' } } });
  await agent.bind({ Opts: { WebhookVerification: { provider: 'github', secret: 'hush-hook' } } });
  await agent.bind({ Opts: { BasicAuth: { credentials: [{ username: 'u', cleartext_password: 'hush-password' }] } } });
  await agent.bind({ Id: first.Id, Extra: { Token: 'hush-token' } });
  await world.connect().auth(unknownToken);
  await agent.as(world.connect()).auth('ours', { Extra: { Cookie: 'hush-cookie' } });
  const logged = world.log.join('\n');
  expect(logged).toContain('agent session opened');
  for (const secret of ['hush', tokens.ours, unknownToken, agent.cookie, String(first.Extra['Token'])]) {
    expect(logged).not.toContain(secret);
  }
});

test('an agent whose connection is reset leaves nothing behind but its held name', async () => {
  const world = startWorld();
  const agent = world.connect();
  await agent.auth();
  await agent.bind();
  agent.transport.destroy();
  await settle();
  expect(world.sessions.size).toBe(0);
  expect(world.route()).toBeUndefined();
  expect(world.directory.isKnownHost('app.localhost')).toBe(true);
  world.clock.advance(150_000);
  expect(world.directory.isKnownHost('app.localhost')).toBe(false);
  expect(world.clock.pendingTimers).toBe(0);
});

test('thousands of binds at once are begun a few in each turn of the loop, and all are answered', async () => {
  const world = startWorld({ limits: { bindsPerTurn: 2 } });
  const agents = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const agent = world.connect();
      await agent.auth();
      return agent;
    }),
  );
  let begun = 0;
  const perTurn: number[] = [];
  world.hooks.compileChain = async () => void begun++;
  const replies = Promise.all(agents.map((agent, index) => agent.bind({ Opts: { Domain: `app${index}.localhost` } })));
  while (begun < agents.length) {
    const before = begun;
    await new Promise((resolve) => setImmediate(resolve));
    perTurn.push(begun - before);
  }
  expect(Math.max(...perTurn)).toBe(2);
  expect((await replies).map(({ Error }) => Error)).toEqual(Array(20).fill(''));
});
