import { describe, expect, test } from 'vitest';
import { codeOf, principals, settle, startWorld, type TestAgent, type TestWorld } from './test-agent.testkit.ts';

/** Agent protocol, §14.2; design, "Takeover". */

interface Held {
  readonly world: TestWorld;
  /** Has `app.localhost` online. */
  readonly holder: TestAgent;
}

async function startHolder(options: { isMute?: boolean } = {}): Promise<Held> {
  const world = startWorld();
  const holder = world.connect(options);
  await holder.auth();
  expect((await holder.bind()).Error).toBe('');
  return { world, holder };
}

async function contender(world: TestWorld, token: 'ours' | 'ours2' | 'theirs'): Promise<TestAgent> {
  const agent = world.connect();
  await agent.auth(token);
  return agent;
}

describe('Auth with ClientId and Cookie', () => {
  test('takes over at once: the old session is closed, its binds move to the new one (§16.11)', async () => {
    const { world, holder } = await startHolder({ isMute: true });
    const first = world.route()?.endpoint;
    const again = holder.as(world.connect());
    const reply = await again.auth();
    expect(reply['ClientId']).toBe(holder.clientId);
    await holder.closed;
    expect(world.sessions.size).toBe(1);
    expect(world.directory.isKnownHost('app.localhost')).toBe(true);
    // No probe, so no waiting for the old session that answers nothing.
    const bound = await again.bind();
    expect(bound.Error).toBe('');
    expect(world.route()?.endpoint.agentSessionId).toBe(first?.agentSessionId);
    expect(world.route()?.link).not.toBe(undefined);
  });

  test('keeps the ids of rebinds valid', async () => {
    const { world, holder } = await startHolder();
    const first = await holder.bind({ Opts: { Domain: 'b' } });
    const again = holder.as(world.connect());
    await again.auth();
    expect(await again.rebind(first)).toMatchObject({ Id: first.Id, URL: first['URL'], Error: '' });
  });

  test.each<[what: string, token: 'ours2' | 'theirs', code: string]>([
    ['another credential of the account', 'ours2', 'ERR_NGROK_110'],
    ['another account (§14.2.6)', 'theirs', 'ERR_NGROK_110'],
  ])('from %s is refused, and the old session lives', async (_what, token, code) => {
    const { world, holder } = await startHolder();
    expect(codeOf(await holder.as(world.connect()).auth(token))).toBe(code);
    await settle();
    expect(world.route()).toBeDefined();
    expect(holder.mux.isClosed).toBe(false);
  });

  test.each<[what: string, change: object]>([
    ['no cookie', { Extra: { Cookie: '' } }],
    ['a forged cookie', { Extra: { Cookie: 'A'.repeat(43) } }],
    ['an id that is none', { ClientId: 'ts_1' }],
    ['an id and the cookie of another session', { ClientId: 'ts_'.padEnd(30, '0') }],
  ])('with %s is refused with 110, and the old session lives', async (_what, change) => {
    const { world, holder } = await startHolder();
    expect(codeOf(await holder.as(world.connect()).auth('ours', change))).toBe('ERR_NGROK_110');
    expect(world.route()).toBeDefined();
    expect(holder.mux.isClosed).toBe(false);
  });

  test('after the old session is gone is the same session again', async () => {
    const { world, holder } = await startHolder();
    holder.transport.destroy();
    await settle();
    expect((await holder.as(world.connect()).auth())['ClientId']).toBe(holder.clientId);
  });
});

describe('another session that asks for a live name', () => {
  test.each(['ours', 'ours2'] as const)(
    'of the same account (%s): the living holder keeps it, 334 says who',
    async (token) => {
      const { world, holder } = await startHolder();
      const agent = await contender(world, token);
      const reply = await agent.bind();
      expect(codeOf(reply)).toBe('ERR_NGROK_334');
      expect(reply.Error).toContain(holder.clientId);
      expect(reply.Error).toContain('2026-01-01T00:00:00.000Z');
      expect(world.route()?.endpoint.agentSessionId).toBe(holder.clientId);
      expect(holder.mux.isClosed).toBe(false);
    },
  );

  test('of the same account: a dead holder is fenced after 2 s and loses it', async () => {
    const { world, holder } = await startHolder({ isMute: true });
    const agent = await contender(world, 'ours');
    const reply = agent.bind();
    await settle();
    world.clock.advance(1_999);
    await settle();
    expect(world.route()?.endpoint.agentSessionId).toBe(holder.clientId);
    world.clock.advance(1);
    expect((await reply).Error).toBe('');
    await holder.closed;
    expect(world.route()?.endpoint.agentSessionId).toBe(agent.clientId);
    expect(world.sessions.size).toBe(1);
  });

  test('of the same account: what else the fenced session had is kept for the account', async () => {
    const { world, holder } = await startHolder({ isMute: true });
    await holder.bind({ Opts: { Domain: 'b' } });
    const agent = await contender(world, 'ours');
    const reply = agent.bind();
    await settle();
    world.clock.advance(2_000);
    await reply;
    expect(world.route('b.localhost')).toBeUndefined();
    const foreign = await contender(world, 'theirs');
    expect(codeOf(await foreign.bind({ Opts: { Domain: 'b' } }))).toBe('ERR_NGROK_320');
  });

  test('several at once share one probe, and one of them gets the name', async () => {
    const { world, holder } = await startHolder({ isMute: true });
    const agents = [await contender(world, 'ours'), await contender(world, 'ours2')];
    const replies = Promise.all(agents.map((agent) => agent.bind()));
    await settle();
    // Beside the agent's own streams there is one heartbeat stream of the server's.
    expect(holder.mux.openStreamCount).toBe(1);
    world.clock.advance(2_000);
    expect(new Set((await replies).map(codeOf))).toEqual(new Set(['ERR_NGROK_334', undefined]));
  });

  test('of another account: refused with 320 without asking or naming the holder, dead or alive', async () => {
    const { world, holder } = await startHolder({ isMute: true });
    const reply = await (await contender(world, 'theirs')).bind();
    expect(codeOf(reply)).toBe('ERR_NGROK_320');
    expect(reply.Error).not.toContain(holder.clientId);
    expect(world.route()?.endpoint.agentSessionId).toBe(holder.clientId);
  });

  test('of another account, under the other scheme: refused with 320', async () => {
    const { world } = await startHolder();
    expect(codeOf(await (await contender(world, 'theirs')).bind({ Proto: 'http' }))).toBe('ERR_NGROK_320');
  });
});

describe('the name of a lost session', () => {
  test('goes to the same account at once, also to another session and credential', async () => {
    const { world, holder } = await startHolder();
    holder.transport.destroy();
    await settle();
    expect((await (await contender(world, 'ours2')).bind()).Error).toBe('');
  });

  test('stays closed to other accounts for 150 s', async () => {
    const { world, holder } = await startHolder();
    const agent = await contender(world, 'theirs');
    holder.transport.destroy();
    await settle();
    expect(codeOf(await agent.bind())).toBe('ERR_NGROK_320');
    world.clock.advance(150_000);
    const later = await contender(world, 'theirs');
    expect((await later.bind()).Error).toBe('');
  });

  test('is not taken back from a living session that has it now', async () => {
    const { world, holder } = await startHolder();
    const first = await holder.bind({ Opts: { Domain: 'b' } });
    holder.transport.destroy();
    await settle();
    const agent = await contender(world, 'ours');
    await agent.bind({ Opts: { Domain: 'b' } });
    const again = holder.as(world.connect());
    await again.auth();
    expect(codeOf(await again.rebind(first))).toBe('ERR_NGROK_334');
    expect(world.route('b.localhost')?.endpoint.agentSessionId).toBe(agent.clientId);
  });

  test('after Unbind is free for everybody at once', async () => {
    const { world, holder } = await startHolder();
    await holder.unbind(world.route()?.endpoint.id ?? '');
    expect((await (await contender(world, 'theirs')).bind()).Error).toBe('');
    expect(world.route()?.endpoint.accountId).toBe(principals.theirs.accountId);
  });
});
