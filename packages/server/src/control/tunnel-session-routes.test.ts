import { AditError, newId } from '@adit/contracts';
import { errorBody, tunnelSession, tunnelSessionList } from '@adit/contracts/api';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { addPerson, makeAgentSession, openWorld, type Person, type World } from './control.testkit.ts';

let world: World;
let admin: Person;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  for (const list of [world.agentSessions, world.commands, world.logged]) list.length = 0;
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

function call(request: InjectOptions, { key } = admin) {
  return world.app.inject({ ...request, headers: { authorization: `Bearer ${key}` } });
}

test('GET /tunnel_sessions shows the live sessions of the account, newest first, by pages', async () => {
  const stranger = await addPerson(world.store, 'administrator');
  const made = [1, 2, 3].map(() => makeAgentSession(admin));
  world.agentSessions.push(...made, makeAgentSession(stranger));
  const seen: string[] = [];
  for (let url: string | null = '/tunnel_sessions?limit=2'; url !== null; ) {
    const page = tunnelSessionList.parse((await call({ url })).json());
    seen.push(...page.tunnel_sessions.map(({ id }) => id));
    url = page.next_page_uri?.replace('https://api.localhost:8443', '') ?? null;
  }
  expect(seen).toEqual(made.map(({ id }) => id).reverse());
});

test('GET /tunnel_sessions shows a developer only what is theirs', async () => {
  const developer = await addPerson(world.store, 'developer', admin.accountId);
  const theirs = makeAgentSession(developer);
  world.agentSessions.push(makeAgentSession(admin), theirs);
  const { tunnel_sessions } = tunnelSessionList.parse((await call({ url: '/tunnel_sessions' }, developer)).json());
  expect(tunnel_sessions.map(({ id }) => id)).toEqual([theirs.id]);
});

test('GET /tunnel_sessions/{id} shows all that is known of an agent', async () => {
  const session = makeAgentSession(admin);
  world.agentSessions.push(session);
  const shown = (await call({ url: `/tunnel_sessions/${session.id}` })).json<unknown>();
  expect(tunnelSession.parse(shown)).toEqual(shown);
  expect(shown).toEqual({
    id: session.id,
    uri: `https://api.localhost:8443/tunnel_sessions/${session.id}`,
    started_at: '2026-01-01T00:00:00.000Z',
    agent_version: '1.7.0',
    os: 'linux',
    ip: '192.0.2.7',
    transport: 'ngrok/v2',
    metadata: 'laptop',
    region: '',
    credential: {
      id: session.credentialId,
      uri: `https://api.localhost:8443/credentials/${session.credentialId}`,
    },
  });
});

describe('POST /tunnel_sessions/{id}/…', () => {
  test.each([
    ['restart', 'without a body', () => undefined],
    ['stop', 'with an empty one', () => ({})],
    ['update', 'with the id once more', (id: string) => ({ id })],
  ] as const)('%s, %s, reaches the agent and the audit log', async (type, _how, payloadFor) => {
    const session = makeAgentSession(admin);
    world.agentSessions.push(session);
    const payload = payloadFor(session.id);
    const url = `/tunnel_sessions/${session.id}/${type}`;
    const answer = await call({ method: 'POST', url, ...(payload && { payload }) });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(world.commands).toEqual([{ sessionId: session.id, command: { type } }]);
    expect(await world.store.listAudit(admin.accountId, 1)).toMatchObject([
      { action: `session.${type}`, resourceId: session.id, actorUserId: admin.userId },
    ]);
  });

  test.each([
    ['restart', { version: '4.0' }, 214],
    ['stop', { id: newId('agentSession', 0) }, 215],
    ['stop', { id: 4 }, 215],
    ['stop', [], 213],
    ['upgrade', {}, 9102],
  ])('%s with %j is refused', async (name, payload, code) => {
    const session = makeAgentSession(admin);
    world.agentSessions.push(session);
    const answer = await call({ method: 'POST', url: `/tunnel_sessions/${session.id}/${name}`, payload });
    expect(errorBody.parse(answer.json()).error_code).toBe(`ERR_ADIT_${code}`);
    expect(world.commands).toEqual([]);
  });

  test('the agent is not asked before the audit record is kept', async () => {
    const session = makeAgentSession(admin);
    world.agentSessions.push(session);
    const { write } = world.store;
    onTestFinished(() => {
      world.store.write = write;
    });
    world.store.write = () => Promise.reject(new AditError(9214));
    const answer = await call({ method: 'POST', url: `/tunnel_sessions/${session.id}/stop`, payload: {} });
    expect([answer.statusCode, world.commands]).toEqual([503, []]);
  });

  test('what the agent says against it is the answer, and no failure of ours', async () => {
    const refusing = await openWorld({
      listAgentSessions: () => [session],
      commandAgent: () => Promise.reject(new AditError(9406, 'Cannot stop the agent: switched off')),
    });
    onTestFinished(() => refusing.dispose());
    const person = await addPerson(refusing.store, 'administrator');
    const session = makeAgentSession(person);
    const headers = { authorization: `Bearer ${person.key}` };
    const url = `/tunnel_sessions/${session.id}/stop`;
    const answer = await refusing.app.inject({ method: 'POST', url, payload: {}, headers });
    expect(answer.json()).toMatchObject({
      status_code: 409,
      error_code: 'ERR_ADIT_9406',
      msg: expect.stringContaining('Cannot stop the agent: switched off.'),
    });
    expect(refusing.logged).toEqual([]);
  });

  test.each([
    ['of another kind', newId('endpoint', 0), 227],
    ['that nobody has', newId('agentSession', 0), 9101],
  ])('an id %s is refused, and nothing is written', async (_what, id, code) => {
    const before = await world.store.listAudit(admin.accountId, 10);
    const answer = await call({ method: 'POST', url: `/tunnel_sessions/${id}/stop`, payload: {} });
    expect(answer.json()).toMatchObject({ error_code: `ERR_ADIT_${code}` });
    expect(await world.store.listAudit(admin.accountId, 10)).toEqual(before);
  });
});
