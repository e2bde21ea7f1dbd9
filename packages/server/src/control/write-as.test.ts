import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Principal } from '../domain/principal.ts';
import { usualRoles } from '../domain/roles.ts';
import { hashSecret } from '../domain/secret.ts';
import type { StoreTransaction } from '../domain/store.ts';
import { defaultApiLimits } from './api-limits.ts';
import { addPerson, openWorld, type World } from './control.testkit.ts';
import { createCredential } from './create-credential.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.dispose());

const deps = () => ({ store: world.store, digest: String, limits: defaultApiLimits, whyNeverMet: () => undefined });

async function revokedPrincipal() {
  const { key, accountId } = await addPerson(world.store, 'administrator');
  const principal = await world.store.findPrincipal('api_key', hashSecret(key));
  if (!principal) throw new Error('the key is gone');
  const revoke = () =>
    world.store.write((tx) => tx.deleteCredential({ accountId, kind: 'api_key', id: principal.credentialId }));
  return { principal, revoke, key };
}

test('createCredential() is refused to a principal whose key was revoked after it was looked up', async () => {
  const { principal, revoke } = await revokedPrincipal();
  const asked = { kind: 'api_key', description: '', metadata: '', acl: [], ownerId: principal.userId } as const;
  const request = { method: 'POST', url: '/api_keys', headers: {}, body: {} };
  await createCredential(deps(), principal, {
    asked,
    request,
  });
  const revoked = revoke();
  await expect(createCredential(deps(), principal, { asked, request })).rejects.toMatchObject({ code: 203 });
  await revoked;
});

test('createCredential() is refused to a principal whose account was suspended after it was looked up', async () => {
  const { principal } = await revokedPrincipal();
  const asked = { kind: 'api_key', description: '', metadata: '', acl: [], ownerId: principal.userId } as const;
  const request = { method: 'POST', url: '/api_keys', headers: {}, body: {} };
  await world.store.write((tx) => tx.setSuspended(principal.accountId, tx.nowMs));
  await expect(createCredential(deps(), principal, { asked, request })).rejects.toMatchObject({ code: 205 });
  await world.store.write((tx) => tx.setSuspended(principal.accountId, null));
  await createCredential(deps(), principal, {
    asked,
    request,
  });
});

test('a body that is held back until the key is revoked makes nothing', async () => {
  const { revoke, key } = await revokedPrincipal();
  const front = createServer((socket) => world.app.server.emit('connection', socket));
  await once(front.listen(0, '127.0.0.1'), 'listening');
  const { port } = front.address() as { port: number };
  const seen = once(world.app.server, 'request');
  const socket: Socket = createConnection(port, '127.0.0.1');
  const head = ['POST /api_keys HTTP/1.1', 'Host: api', 'Content-Type: application/json', 'Content-Length: 2'];
  socket.write(`${[...head, `Authorization: Bearer ${key}`, 'Connection: close'].join('\r\n')}\r\n\r\n{`);
  await seen;
  // The head was accepted when the server asks for the rest; an answer this early would be a refusal of the head.
  await world.store.ping();
  await revoke();
  socket.end('}');
  let answer = '';
  for await (const bytes of socket) answer += String(bytes);
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
  expect(answer).toContain('ERR_ADIT_203');
  front.close();
});

test.each<[string, (principal: Principal) => Promise<unknown>, number]>([
  ['was disabled', (one) => world.store.write((tx) => tx.updateMember({ ...one, disabledAtMs: 1, revision: 2 })), 9115],
  ['has other roles', (one) => world.store.write((tx) => changeRoles(tx, one)), 9100],
])('createCredential() is refused to a principal who %s after the key was looked up', async (_, change, code) => {
  const { principal } = await revokedPrincipal();
  const asked = { kind: 'api_key', description: '', metadata: '', acl: [], ownerId: principal.userId } as const;
  const request = { method: 'POST', url: '/api_keys', headers: {}, body: {} };
  await change(principal);
  await expect(createCredential(deps(), principal, { asked, request })).rejects.toMatchObject({ code });
});

function changeRoles(tx: StoreTransaction, { accountId, userId }: Principal): Promise<void> {
  return tx.updateMember({ accountId, userId, roles: usualRoles.viewer, disabledAtMs: null, revision: 2 });
}
