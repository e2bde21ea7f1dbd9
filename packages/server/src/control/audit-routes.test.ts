import { newId } from '@adit/contracts';
import { auditEventList } from '@adit/contracts/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addPerson, openWorld, type Person, type World } from './control.testkit.ts';

let world: World;
let admin: Person;
beforeAll(async () => {
  world = await openWorld();
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

async function list(url = '/audit_events', { key } = admin) {
  const answer = await world.app.inject({ url, headers: { authorization: `Bearer ${key}` } });
  return auditEventList.parse(answer.json());
}

async function create(by: Person, from: string): Promise<string> {
  const headers = { authorization: `Bearer ${by.key}`, 'x-forwarded-for': from };
  const answer = await world.app.inject({ method: 'POST', url: '/credentials', payload: {}, headers });
  return answer.json<{ id: string }>().id;
}

test('GET /audit_events shows who did what, from where, and the hash of the chain', async () => {
  const id = await create(admin, '203.0.113.9');
  const [newest] = (await list()).audit_events;
  const head = await world.store.findAuditHead(admin.accountId);
  expect(newest).toEqual({
    id: newest?.id,
    seq: head?.seq,
    created_at: new Date(world.clock.timeOfDay()).toISOString(),
    action: 'credential.create',
    resource_id: id,
    details: { kind: 'authtoken', ownerId: admin.userId },
    principal: {
      state: 'known',
      user_id: admin.userId,
      name: 'administrator',
      credential_id: expect.stringMatching(/^ak_/) as unknown,
      ip: '203.0.113.9',
    },
    hash: Buffer.from(head?.hash ?? []).toString('hex'),
  });
});

test('GET /audit_events shows what the server did itself without a principal', async () => {
  const own = await addPerson(world.store, 'administrator');
  expect((await list('/audit_events', own)).audit_events).toMatchObject([{ seq: 1, principal: null }]);
});

test('GET /audit_events shows nothing of a person who was erased', async () => {
  const developer = await addPerson(world.store, 'developer', admin.accountId);
  const id = await create(developer, '203.0.113.10');
  await world.store.write((tx) => tx.erasePerson(developer));
  const [newest] = (await list()).audit_events;
  const nothing = { user_id: null, name: null, credential_id: null, ip: null };
  expect(newest).toMatchObject({ resource_id: id, principal: { state: 'erased', ...nothing } });
});

test('GET /audit_events pages from the newest to the first, one account only', async () => {
  for (let i = 0; i < 5; i++) await create(admin, '203.0.113.9');
  await create(await addPerson(world.store, 'administrator'), '203.0.113.9');
  const seen: number[] = [];
  for (let url: string | null = '/audit_events?limit=2'; url !== null; ) {
    const page = await list(url);
    seen.push(...page.audit_events.map(({ seq }) => seq));
    url = page.next_page_uri?.replace('https://api.localhost:8443', '') ?? null;
  }
  const { seq = 0 } = (await world.store.findAuditHead(admin.accountId)) ?? {};
  expect(seen).toEqual(Array.from({ length: seq }, (_, i) => seq - i));
});

test.each([
  ['of another kind', newId('endpoint', 0), 400],
  ['that is none', 'ev_x', 404],
  ['that the account does not have', newId('auditEvent', 0), 404],
])('GET /audit_events refuses to page from an id %s', async (_, id, status) => {
  const headers = { authorization: `Bearer ${admin.key}` };
  expect((await world.app.inject({ url: `/audit_events?before_id=${id}`, headers })).statusCode).toBe(status);
});
