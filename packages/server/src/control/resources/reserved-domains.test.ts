import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../tls/upload/make-certificate.testkit.ts';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { defaultReservationLimits } from './reservation-limits.ts';

let world: World;
let ours: Person;
let theirs: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  [ours, theirs] = [await addPerson(world.store, 'administrator'), await addPerson(world.store, 'administrator')];
});
afterAll(() => world.dispose());

async function reserve(domain: string, person = ours): Promise<{ code: string; id: string; domain: string }> {
  const headers = { authorization: `Bearer ${person.key}` };
  const response = await world.app.inject({ method: 'POST', url: '/reserved_domains', payload: { domain }, headers });
  const body = response.json<Record<string, string>>();
  const code = body['error_code']?.replace('ERR_ADIT_', '') ?? String(response.statusCode);
  return { code, id: body['id'] ?? '', domain: body['domain'] ?? '' };
}

let count = 0;
/** A name that no other test has. */
const fresh = () => `n${++count}n.localhost`;

test.each<[string, string]>([
  ['APP-Y.LocalHost.', 'app-y.localhost'],
  ['bücher-y.localhost', 'xn--bcher-y-n2a.localhost'],
  ['*.wild.localhost', '*.wild.localhost'],
])('%s is reserved as %s', async (asked, domain) => {
  expect(await reserve(asked)).toMatchObject({ code: '201', domain });
});

test.each([
  ['localhost', '326'],
  ['*.localhost', '326'],
  ['api.localhost', '9404'],
  ['x.api.localhost', '9404'],
  ['x1-8080.localhost', '9404'],
  ['a.*.localhost', '402'],
  ['a_b.localhost', '355'],
  ['', '326'],
])('%j cannot be reserved: %s', async (domain, code) => {
  expect(await reserve(domain)).toMatchObject({ code });
});

test.each<[string, (name: string) => string, (name: string) => string, string]>([
  ['the same name', (name) => name, (name) => name, '414'],
  ['a name below a reserved one', (name) => name, (name) => `x.${name}`, '414'],
  ['a name far below a reserved one', (name) => name, (name) => `y.x.${name}`, '414'],
  ['a name above a reserved one', (name) => `x.${name}`, (name) => name, '414'],
  ['a name below a wildcard', (name) => `*.${name}`, (name) => `x.${name}`, '414'],
  ['a wildcard below a name', (name) => name, (name) => `*.${name}`, '417'],
  ['a wildcard over a reserved name', (name) => `x.${name}`, (name) => `*.${name}`, '417'],
  ['a wildcard over a wildcard', (name) => `*.x.${name}`, (name) => `*.${name}`, '417'],
  ['the name above a wildcard', (name) => `*.${name}`, (name) => name, '414'],
])('another account cannot have %s', async (_, first, second, code) => {
  const name = fresh();
  expect(await reserve(first(name))).toMatchObject({ code: '201' });
  expect(await reserve(second(name), theirs)).toMatchObject({ code });
  // Its own account may have all of them, each once.
  expect(await reserve(second(name))).toMatchObject({ code: second(name) === first(name) ? '413' : '201' });
});

test('a name beside a reserved one is free', async () => {
  const name = fresh();
  expect([await reserve(name), await reserve(`x${name}`, theirs)]).toMatchObject([{ code: '201' }, { code: '201' }]);
});

test('what is deleted is free for others', async () => {
  const name = fresh();
  const { id } = await reserve(name);
  const headers = { authorization: `Bearer ${ours.key}` };
  await world.app.inject({ method: 'DELETE', url: `/reserved_domains/${id}`, headers });
  expect(await reserve(name, theirs)).toMatchObject({ code: '201' });
});

test('of two accounts that reserve at once what is in conflict exactly one gets it', async () => {
  const name = fresh();
  const both = await Promise.all([reserve(name), reserve(`x.${name}`, theirs)]);
  expect(both.map(({ code }) => code).sort()).toEqual(['201', '414']);
});

test('a port is the one of the range that nobody has', async () => {
  const post = async (person: Person) => {
    const headers = { authorization: `Bearer ${person.key}` };
    const request = { method: 'POST', url: '/reserved_addrs', payload: {}, headers } as const;
    return (await world.app.inject(request)).json<{ addr: string }>().addr;
  };
  const addresses = await Promise.all([post(ours), post(theirs), post(ours)]);
  expect(new Set(addresses).size).toBe(3);
  for (const address of addresses) expect(address).toMatch(/^localhost:20[0-9]{3}$/);
});

test('an account has few names that it did not have to prove, and as many as it can prove', async () => {
  const { maxUnprovedDomains } = defaultReservationLimits;
  const first = await own('first.example.info');
  for (let made = 1; made < maxUnprovedDomains; made++) expect(await reserve(fresh())).toMatchObject({ code: '201' });
  const refused = await call('POST', '/reserved_domains', ours, { domain: 'second.example.info' });
  expect(refused).toMatchObject({ status: 429, body: { error_code: 'ERR_ADIT_9110' } });
  expect((refused.body as unknown as { msg: string }).msg).toContain(
    `has ${maxUnprovedDomains} that no DNS record proves`,
  );
  expect(await reserve(fresh())).toMatchObject({ code: '9110' });
  expect(await reserve(fresh(), theirs)).toMatchObject({ code: '201' });
  // What is there can be changed, and proved, which makes room.
  expect(await call('PATCH', `/reserved_domains/${first.id}`, ours, { description: 'x' })).toMatchObject({
    status: 200,
  });
  world.texts.set(first.verification.record, [first.verification.value]);
  expect((await verify(first.id)).status).toBe(200);
  const next = await reserve(fresh());
  expect([next, await reserve(fresh())]).toMatchObject([{ code: '201' }, { code: '9110' }]);
  const headers = { authorization: `Bearer ${ours.key}` };
  await world.app.inject({ method: 'DELETE', url: `/reserved_domains/${next.id}`, headers });
  expect(await reserve(fresh())).toMatchObject({ code: '201' });
});

test('an account has few of the ports that all accounts share', async () => {
  const headers = { authorization: `Bearer ${ours.key}` };
  const post = async () =>
    (await world.app.inject({ method: 'POST', url: '/reserved_addrs', payload: {}, headers })).statusCode;
  const statuses = await Promise.all(Array.from({ length: defaultReservationLimits.maxReservedAddresses + 1 }, post));
  expect(statuses.filter((status) => status !== 201)).toEqual([429]);
});

interface Domain {
  readonly id: string;
  readonly domain: string;
  readonly cname_target: string | null;
  readonly verification: { record: string; value: string; verified_at: string | null };
  readonly error_code?: string;
}

async function call(method: 'GET' | 'POST' | 'PATCH', url: string, person: Person, payload?: object) {
  const headers = { authorization: `Bearer ${person.key}` };
  const response = await world.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: response.statusCode, etag: response.headers.etag, body: response.json<Domain>() };
}
const own = async (domain: string, person = ours) => (await call('POST', '/reserved_domains', person, { domain })).body;
const verify = (id: string, person = ours) => call('POST', `/reserved_domains/${id}/verify`, person);

test('a name of one’s own is told its proof, and is the account’s once the DNS has it', async () => {
  const made = await own('*.shop.example.com');
  const { record, value } = made.verification;
  expect(made).toMatchObject({ cname_target: 'localhost', verification: { verified_at: null } });
  expect(record).toBe('_adit-challenge.shop.example.com');
  expect(value).toMatch(/^adit-domain-verification=[\w-]{24}$/);
  world.texts.set(record, ['something else', `${value}x`]);
  expect(await verify(made.id)).toMatchObject({ status: 409, body: { error_code: 'ERR_ADIT_9112' } });
  world.texts.set(record, ['something else', value]);
  const verified = await verify(made.id);
  expect(verified).toMatchObject({ status: 200, etag: '"2"', body: { id: made.id } });
  expect(verified.body.verification.verified_at).toBe('2026-01-01T00:00:00.000Z');
  expect((await call('GET', `/reserved_domains/${made.id}`, ours)).body).toEqual(verified.body);
  // Once is enough.
  world.texts.clear();
  expect(await verify(made.id)).toEqual(verified);
});

test('before it is proved a name keeps nobody from it; the first proof wins, and stays', async () => {
  const [squatter, owner, below] = [
    await own('a.example.net'),
    await own('a.example.net', theirs),
    await own('x.a.example.net'),
  ];
  expect(squatter.verification.value).not.toBe(owner.verification.value);
  world.texts.set(owner.verification.record, [owner.verification.value]);
  expect((await verify(owner.id, theirs)).status).toBe(200);
  expect((await verify(squatter.id)).body.error_code).toBe('ERR_ADIT_9112');
  for (const late of [squatter, below]) {
    world.texts.set(late.verification.record, [late.verification.value]);
    expect((await verify(late.id)).body.error_code).toBe('ERR_ADIT_414');
  }
});

test('a proved name is the account’s whoever uses it; one that needs no proof is not to be had as long as it is used', async () => {
  const rest = { parseAddress: () => null, refuseForeign() {}, urlOf: () => '' };
  const names = { ...rest, domain: 'localhost', refuseReserved() {}, isUsedByOthers: () => true, freePort: () => 0 };
  const used = await openWorld({ names });
  onTestFinished(() => used.dispose());
  const { key } = await addPerson(used.store, 'administrator');
  const post = async (url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await used.app.inject({ method: 'POST', url, headers, ...(payload && { payload }) });
    return { status: answer.statusCode, ...answer.json<Domain>() };
  };
  expect(await post('/reserved_domains', { domain: 'a.localhost' })).toMatchObject({ error_code: 'ERR_ADIT_414' });
  const { id, verification } = await post('/reserved_domains', { domain: 'a.example.org' });
  used.texts.set(verification.record, [verification.value]);
  expect(await post(`/reserved_domains/${id}/verify`)).toMatchObject({ status: 200 });
});

test('a domain of another account cannot be verified, nor seen', async () => {
  const { id } = await own('b.example.net', theirs);
  expect(await verify(id)).toMatchObject({ status: 404, body: { error_code: 'ERR_ADIT_9101' } });
});

describe('a certificate of a domain', () => {
  async function upload(names: readonly string[], person = ours): Promise<string> {
    const { cert, key } = await makeCertificate({
      extensions: (x509) => [
        new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
      ],
    });
    const payload = { certificate_pem: cert, private_key_pem: key };
    return (await call('POST', '/tls_certificates', person, payload)).body.id;
  }

  test.each([
    ['shop-c.localhost', ['shop-c.localhost'], 200],
    ['shop-c.localhost', ['*.localhost'], 200],
    ['*.shop-c.localhost', ['*.shop-c.localhost'], 200],
    ['x.shop-c.localhost', ['*.localhost'], 400],
    ['shop-c.localhost', ['other.localhost'], 400],
    ['*.shop-c.localhost', ['shop-c.localhost'], 400],
  ])('%s can be served with one for %j: %i', async (host, names, status) => {
    const { id } = await own(host);
    const certificate_id = await upload(names);
    const changed = await call('PATCH', `/reserved_domains/${id}`, ours, { certificate_id });
    expect(changed.status).toBe(status);
    const shown = (await call('GET', `/reserved_domains/${id}`, ours)).body as unknown as { certificate: unknown };
    const uri = `https://api.localhost:8443/tls_certificates/${certificate_id}`;
    expect(shown.certificate).toEqual(status === 200 ? { id: certificate_id, uri } : null);
    await world.app.inject({
      ...{ method: 'DELETE', url: `/reserved_domains/${id}` },
      headers: { authorization: `Bearer ${ours.key}` },
    });
  });

  test('is not deleted while it is served, and can be taken from the domain', async () => {
    const { id } = await own('shop-d.localhost');
    const certificate_id = await upload(['shop-d.localhost']);
    await call('PATCH', `/reserved_domains/${id}`, ours, { certificate_id });
    const remove = async (url: string) => {
      const headers = { authorization: `Bearer ${ours.key}` };
      return (await world.app.inject({ method: 'DELETE', url, headers })).statusCode;
    };
    expect(await remove(`/tls_certificates/${certificate_id}`)).toBe(409);
    expect(await remove(`/reserved_domains/${id}/certificate`)).toBe(204);
    expect(await remove(`/tls_certificates/${certificate_id}`)).toBe(204);
  });

  test('of another account is as if it were not there', async () => {
    const { id } = await own('shop-e.localhost');
    const certificate_id = await upload(['shop-e.localhost'], theirs);
    const { status, body } = await call('PATCH', `/reserved_domains/${id}`, ours, { certificate_id });
    expect([status, body.error_code]).toEqual([400, 'ERR_ADIT_215']);
  });
});

describe('the certificate that the server gets itself for a domain', () => {
  const shown = async (id: string) =>
    (await call('GET', `/reserved_domains/${id}`, ours)).body as unknown as Record<string, unknown>;
  const policy = (private_key_type?: string) => ({ certificate_management_policy: { private_key_type } });

  test('has the key that its policy says, until the policy is taken away', async () => {
    const { id } = await own('shop-f.localhost');
    expect(await shown(id)).toMatchObject({ certificate_management_policy: null, certificate_management_status: null });
    expect((await call('PATCH', `/reserved_domains/${id}`, ours, policy('rsa'))).status).toBe(200);
    const kept = { authority: 'letsencrypt', private_key_type: 'rsa' };
    expect((await shown(id))['certificate_management_policy']).toEqual(kept);
    expect((await call('PATCH', `/reserved_domains/${id}`, ours, policy())).status).toBe(200);
    expect((await shown(id))['certificate_management_policy']).toEqual({ ...kept, private_key_type: 'ecdsa' });
    const headers = { authorization: `Bearer ${ours.key}` };
    const url = `/reserved_domains/${id}/certificate_management_policy`;
    expect((await world.app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204);
    expect((await shown(id))['certificate_management_policy']).toBeNull();
  });

  test.each([
    { certificate_management_policy: { private_key_type: 'dsa' } },
    { certificate_management_policy: { authority: 'another' } },
    { certificate_management_policy: { authority: 'letsencrypt' }, certificate_id: 'cert_1' },
  ])('is refused as %j', async (body) => {
    const { id } = await own(fresh());
    const { status } = await call('PATCH', `/reserved_domains/${id}`, ours, body);
    expect(status).toBe(400);
  });

  test('is shown as far as it is', async () => {
    const host = 'shop-g.localhost';
    const { id } = await own(host);
    const at = (ms: number) => new Date(ms).toISOString();
    const attempt = { startedAtMs: 1_000, holder: 'me', untilMs: 9_000, failures: 0, error: null };
    const status = async () => (await shown(id))['certificate_management_status'];
    world.managed.set(host, { name: host, issued: null, attempt });
    const job = { error_code: null, msg: '', started_at: at(1_000), retries_at: null };
    expect(await status()).toEqual({ renews_at: null, provisioning_job: job });
    for (const [kind, error_code] of [
      ['dns', 'DNS_ERROR'],
      ['rate-limited', 'INTERNAL_ERROR'],
    ] as const) {
      const failed = { ...attempt, holder: null, failures: 1, error: { kind, message: 'why' } };
      world.managed.set(host, { name: host, issued: null, attempt: failed });
      const retries_at = at(9_000);
      expect(await status()).toEqual({
        renews_at: null,
        provisioning_job: { ...job, error_code, msg: 'why', retries_at },
      });
    }
    const issued = { serialNumber: '1', directoryUrl: 'https://ca', notBeforeMs: 0, notAfterMs: 9, renewAtMs: 6_000 };
    world.managed.set(host, { name: host, issued, attempt: null });
    expect(await status()).toEqual({ renews_at: at(6_000), provisioning_job: null });
  });
});
