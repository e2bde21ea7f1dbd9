import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DocumentId, DocumentKind } from '../../domain/document.ts';
import { makeCertificate } from '../../tls/upload/make-certificate.testkit.ts';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { makeOne } from './samples.testkit.ts';

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

async function call(request: InjectOptions, person = admin) {
  const headers = { authorization: `Bearer ${person.key}`, ...request.headers };
  const response = await world.app.inject({ ...request, headers });
  const body = response.body === '' ? {} : response.json<Record<string, unknown>>();
  return { status: response.statusCode, body, text: response.body };
}

async function kept(kind: DocumentKind, id: unknown, { accountId } = admin): Promise<string | undefined> {
  const secret = await world.store.readSecret({ accountId, kind, id: id as DocumentId });
  return secret && Buffer.from(secret).toString();
}

/** Whether a text is anywhere in the files of the store. */
function isOnDisk(text: string): boolean {
  const names = readdirSync(world.dataDir).filter((name) => name.startsWith('adit.db'));
  return names.some((name) => readFileSync(join(world.dataDir, name)).includes(text));
}

test('[invariant: no-secret-leaves] a secret is kept encrypted, shown to nobody, and in no record of the audit log', async () => {
  const vault = await makeOne(world, admin, 'vault');
  const payload = { name: 'token', value: 'correct horse battery', vault_id: vault.id };
  const request = { method: 'POST', url: '/vault_secrets', payload, headers: { 'idempotency-key': 'k' } } as const;
  const made = await call(request);
  expect(made.status).toBe(201);
  expect(await kept('secret', made.body['id'])).toBe('correct horse battery');
  const changed = {
    method: 'PATCH',
    url: `/vault_secrets/${String(made.body['id'])}`,
    payload: { value: 'staple' },
  } as const;
  const answers = [made, await call(changed), await call({ url: changed.url }), await call({ url: '/vault_secrets' })];
  expect(await kept('secret', made.body['id'])).toBe('staple');
  expect(answers.filter(({ text }) => /horse|staple/.test(text))).toEqual([]);
  expect(JSON.stringify(await world.store.listAudit(admin.accountId, 10))).not.toMatch(/horse|staple/);
  expect([isOnDisk('horse'), isOnDisk('staple'), isOnDisk('token')]).toEqual([false, false, true]);
});

test('another account cannot put a secret into a vault, nor read one', async () => {
  const other = await addPerson(world.store, 'administrator');
  const secret = await makeOne(world, admin, 'secret');
  const vault_id = (secret['vault'] as { id: string }).id;
  const payload = { name: 'mine', value: 'v', vault_id };
  expect(await call({ method: 'POST', url: '/vault_secrets', payload }, other)).toMatchObject({ status: 400 });
  expect(await kept('secret', secret.id, other)).toBeUndefined();
});

test('names are unique in a vault, and a vault with secrets in it is not deleted', async () => {
  const vault = await makeOne(world, admin, 'vault');
  const post = () =>
    call({ method: 'POST', url: '/vault_secrets', payload: { name: 'a', value: 'v', vault_id: vault.id } });
  const [first, second] = [await post(), await post()];
  expect([first.status, second.body['error_code']]).toEqual([201, 'ERR_ADIT_9109']);
  const remove = () => call({ method: 'DELETE', url: `/vaults/${vault.id}` });
  expect((await remove()).body['error_code']).toBe('ERR_ADIT_9108');
  await call({ method: 'DELETE', url: `/vault_secrets/${String(first.body['id'])}` });
  expect((await remove()).status).toBe(204);
});

test('a certificate is shown with what is in it, its key never', async () => {
  const { cert, key } = await makeCertificate({ subject: 'CN=shop.example.com, O=Shop' });
  const payload = { certificate_pem: cert, private_key_pem: key };
  const made = await call({ method: 'POST', url: '/tls_certificates', payload });
  expect(made.body).toMatchObject({
    subject_common_name: 'shop.example.com',
    subject_organization: 'Shop',
    private_key_type: 'ecdsa',
    issued_at: null,
    not_before: '2026-01-01T00:00:00.000Z',
  });
  expect(made.text).not.toContain('PRIVATE KEY');
  expect(await kept('tlsCertificate', made.body['id'])).toContain('PRIVATE KEY');
  expect(isOnDisk(key.split('\n')[1] ?? '-')).toBe(false);
});

test.each<[string, string, () => Promise<object>, string]>([
  [
    'a key of another certificate',
    '/tls_certificates',
    async () => ({ certificate_pem: (await makeCertificate()).cert, private_key_pem: (await makeCertificate()).key }),
    '1923',
  ],
  ['no PEM', '/tls_certificates', async () => ({ certificate_pem: 'x', private_key_pem: 'y' }), '1922'],
  ['a CA that is none', '/certificate_authorities', async () => ({ ca_pem: (await makeCertificate()).cert }), '9232'],
])('%s is refused', async (_, url, payload, code) => {
  const refused = await call({ method: 'POST', url, payload: await payload() });
  expect(refused.body).toMatchObject({ status_code: 400, error_code: `ERR_ADIT_${code}` });
});

test('[invariant: no-secret-leaves] of a destination its secrets are kept encrypted, and the rest is shown', async () => {
  const creds = { aws_access_key_id: 'AKIA', aws_secret_access_key: 'wJalr-secret' };
  const target = { kinesis: { auth: { creds }, stream_arn: 'arn:aws:kinesis:x' } };
  const made = await call({ method: 'POST', url: '/event_destinations', payload: { target } });
  expect(made.body['target']).toEqual({
    kinesis: { auth: { creds: { aws_access_key_id: 'AKIA' } }, stream_arn: 'arn:aws:kinesis:x' },
  });
  expect(await kept('eventDestination', made.body['id'])).toBe(JSON.stringify(target));
  expect(isOnDisk('wJalr-secret')).toBe(false);
});

test('an SSH key is known to one account, however its comment reads; nobody makes one for somebody else', async () => {
  const other = await addPerson(world.store, 'administrator');
  const { public_key } = (await makeOne(world, admin, 'sshCredential')) as unknown as { public_key: string };
  const post = (payload: object, person: Person) => call({ method: 'POST', url: '/ssh_credentials', payload }, person);
  const again = await post({ public_key: public_key.replace('laptop', 'mine now') }, other);
  expect(again).toMatchObject({ status: 409, body: { error_code: 'ERR_ADIT_9109' } });
  const fresh = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcxNTY0ODI1MzQ1NjQ4MjUzNDU2NDgyNTM0NTY0ODI1';
  expect((await post({ public_key: fresh, owner_id: other.userId }, admin)).status).toBe(403);
});

test('a destination that a subscription needs is not deleted', async () => {
  const { destinations } = (await makeOne(world, admin, 'eventSubscription')) as unknown as {
    destinations: { id: string }[];
  };
  const removed = await call({ method: 'DELETE', url: `/event_destinations/${destinations[0]?.id ?? ''}` });
  expect(removed.body['error_code']).toBe('ERR_ADIT_9108');
});
