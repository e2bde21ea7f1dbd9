// Writes that are in each other's way, sent at once: one is done, the other is told why not, by the same words as if it had come
// later. On PostgreSQL each goes to another server.
import { isId } from '@adit/contracts';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock/system-clock.ts';
import type { DocumentKind } from '../domain/document.ts';
import { openPostgresStore } from '../store/postgres/open-postgres-store.ts';
import { isPostgresInstalled, type PostgresServer, startPostgres } from '../store/postgres/postgres-server.testkit.ts';
import { openTestSealer } from '../store/test-sealer.testkit.ts';
import { addPerson, openWorld, type Person, type World } from './control.testkit.ts';
import { issueCredential } from './issue-credential.ts';
import { defaultReservationLimits } from './resources/reservation-limits.ts';
import { resources } from './resources/resources.ts';
import { makeOne, samples } from './resources/samples.testkit.ts';

/** Who is first differs from time to time; `RACES` asks for more. */
const rounds = Number(process.env['RACES'] ?? 5);

interface Servers {
  readonly one: World;
  readonly two: World;
  dispose(): Promise<void>;
}

describe('on SQLite,', () => {
  conflicts(async () => {
    const one = await openWorld();
    return { one, two: one, dispose: () => one.dispose() };
  });
});

describe.skipIf(!isPostgresInstalled)('on PostgreSQL,', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());

  conflicts(async () => {
    const address = await server.createDatabase();
    const open = () => openPostgresStore({ openSealer: openTestSealer, address, clock: systemClock });
    const stores = [await open(), await open()] as const;
    const [one, two] = [await openWorld({ store: stores[0] }), await openWorld({ store: stores[1] })];
    const dispose = async () => {
      await Promise.all([one.dispose(), two.dispose()]);
      await Promise.all(stores.map((store) => store.close()));
    };
    return { one: { ...one, store: stores[0] }, two: { ...two, store: stores[1] }, dispose };
  });
});

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly person: Person;
  readonly payload?: object;
  readonly headers?: Record<string, string>;
}

function conflicts(open: () => Promise<Servers>): void {
  let servers: Servers;
  let [ours, theirs]: Person[] = [];

  beforeAll(async () => {
    servers = await open();
  });
  beforeEach(async () => {
    [ours, theirs] = [await newPerson(), await newPerson()];
  });
  afterAll(() => servers.dispose());

  const newPerson = () => addPerson(servers.one.store, 'administrator');
  const us = (): Person => ours ?? expect.fail('nobody is there');
  const them = (): Person => theirs ?? expect.fail('nobody is there');
  const make = (kind: DocumentKind, person = us()) => makeOne(servers.one, person, kind);
  const pathOf = (kind: DocumentKind) => resources.find((one) => one.kind === kind)?.contract.path ?? '';

  async function call({ person, ...request }: Call, world = servers.one) {
    const headers = { authorization: `Bearer ${person.key}`, ...request.headers };
    const response = await world.app.inject({ ...request, headers } as InjectOptions);
    const body = response.body === '' ? {} : response.json<Record<string, unknown>>();
    const code = typeof body['error_code'] === 'string' ? ` ${body['error_code'].replace('ERR_ADIT_', '')}` : '';
    return { outcome: `${response.statusCode}${code}`, body };
  }

  /** Sends both at once, one to each server; the one or the other first by turns. */
  async function both(first: Call, second: Call, round: number) {
    const calls = [() => call(first), () => call(second, servers.two)] as const;
    if (round % 2 === 0) return await Promise.all([calls[0](), calls[1]()]);
    const [later, earlier] = await Promise.all([calls[1](), calls[0]()]);
    return [earlier, later] as const;
  }

  const outcomes = (answers: readonly { outcome: string }[]) => answers.map(({ outcome }) => outcome);
  const post = (kind: DocumentKind, payload: object, person = us()): Call => ({
    method: 'POST',
    url: pathOf(kind),
    payload,
    person,
  });
  const about = (method: Call['method'], kind: DocumentKind, id: unknown, more: Partial<Call> = {}): Call => ({
    ...{ method, url: `${pathOf(kind)}/${String(id)}`, person: us() },
    ...more,
  });

  async function isThere(kind: DocumentKind, id: unknown): Promise<boolean> {
    return (await call(about('GET', kind, id))).outcome === '200';
  }

  /** Repeats a race, and makes sure that it always ended in one of those ways. */
  async function race(expected: readonly string[], once: (round: number) => Promise<readonly { outcome: string }[]>) {
    for (let round = 0; round < rounds; round++) {
      const answers = await once(round);
      expect(expected, JSON.stringify(answers)).toContain(outcomes(answers).join(', '));
    }
    expect([...servers.one.logged, ...servers.two.logged]).toEqual([]);
  }

  test('of two changes of what both know, one is done', async () => {
    await race(['200, 412 9106', '412 9106, 200'], async (round) => {
      const { id } = await make('vault');
      const change = (metadata: string) =>
        about('PATCH', 'vault', id, { payload: { metadata }, headers: { 'if-match': '"1"' } });
      const answers = await both(change('a'), change('b'), round);
      const { body } = await call(about('GET', 'vault', id));
      expect(answers.map((answer) => answer.body)).toContainEqual(body);
      return answers;
    });
  });

  test('of a change and a deletion of what both know, one is done', async () => {
    await race(['200, 412 9106', '404 9101, 204'], async (round) => {
      const { id } = await make('vault');
      const headers = { 'if-match': '"1"' };
      const change = about('PATCH', 'vault', id, { payload: { metadata: 'a' }, headers });
      return await both(change, about('DELETE', 'vault', id, { headers }), round);
    });
  });

  test.each<[DocumentKind, withinAccount: string, toOthers: string | undefined]>([
    ['vault', '409 9109', undefined],
    ['secret', '409 9109', undefined],
    ['ipPolicyRule', '409 9109', undefined],
    ['agentIngress', '409 9109', '409 9109'],
    ['sshCredential', '409 9109', '409 9109'],
    ['reservedDomain', '409 413', '409 414'],
  ])('of two %s of one name, one is made', async (kind, own, foreign) => {
    await race([`201, ${own}`, `${own}, 201`], async (round) => {
      const payload = await samples[kind].create(servers.one, us());
      return await both(post(kind, payload), post(kind, payload), round);
    });
    const expected = foreign === undefined ? ['201, 201'] : [`201, ${foreign}`, `${foreign}, 201`];
    if (kind === 'secret' || kind === 'ipPolicyRule') return;
    await race(expected, async (round) => {
      const payload = await samples[kind].create(servers.one, us());
      return await both(post(kind, payload), post(kind, payload, them()), round);
    });
  });

  test('two ports that are reserved at once are two', async () => {
    await race(['201, 201'], async (round) => {
      const answers = await both(post('reservedAddress', {}), post('reservedAddress', {}, them()), round);
      expect(new Set(answers.map(({ body }) => body['addr'])).size).toBe(2);
      return answers;
    });
  });

  test('of two that the account has room for one of, one is made', async () => {
    const { maxReservedAddresses } = defaultReservationLimits;
    for (let count = 1; count < maxReservedAddresses; count++) await make('reservedAddress');
    const answers = await both(post('reservedAddress', {}), post('reservedAddress', {}), 0);
    expect(outcomes(answers).sort()).toEqual(['201', '429 9110']);
  });

  test('of two proofs that a domain is somebody’s, one is taken', async () => {
    await race(['200, 409 414', '409 414, 200'], async (round) => {
      const domain = `proof-${round}.example.net`;
      const calls = await Promise.all(
        [us(), them()].map(async (person) => {
          const { body } = await call(post('reservedDomain', { domain }, person));
          const { record, value } = body['verification'] as { record: string; value: string };
          for (const { texts } of [servers.one, servers.two]) texts.set(record, [...(texts.get(record) ?? []), value]);
          return { method: 'POST', url: `/reserved_domains/${String(body['id'])}/verify`, person } as const;
        }),
      );
      return await both(calls[0] ?? expect.fail(), calls[1] ?? expect.fail(), round);
    });
  });

  describe('with one idempotency key,', () => {
    const keyed = (call: Call, round: number): Call => ({ ...call, headers: { 'idempotency-key': `k${round}` } });

    test('one object is made of two requests that are the same', async () => {
      await race(['201, 201'], async (round) => {
        const request = keyed(post('ipPolicy', {}), round);
        const answers = await both(request, request, round);
        expect(answers[0].body).toEqual(answers[1].body);
        return answers;
      });
    });

    test('of two that differ one is done', async () => {
      await race(['201, 422 9107', '422 9107, 201'], (round) =>
        both(keyed(post('ipPolicy', {}), round), keyed(post('ipPolicy', { description: 'b' }), round), round),
      );
    });

    test('a key of the API is made, and shown, once', async () => {
      await race(['201, 409 9111', '409 9111, 201'], (round) => {
        const request = keyed({ method: 'POST', url: '/api_keys', payload: {}, person: us() }, round);
        return both(request, request, round);
      });
    });
  });

  test.each<[of: DocumentKind, on: DocumentKind, allowed: string[]]>([
    ['ipPolicyRule', 'ipPolicy', ['201, 204', '400 215, 204']],
    ['secret', 'vault', ['201, 409 9108', '400 215, 204']],
    ['eventSubscription', 'eventDestination', ['201, 409 9108', '400 215, 204']],
  ])('a new %s, and the end of the %s that it needs, leave no one half', async (kind, needed, allowed) => {
    await race(allowed, async (round) => {
      const payload = await samples[kind].create(servers.one, us());
      const id = Object.values(payload)
        .flat()
        .find((value) => isId(needed, String(value)));
      const [made, deleted] = await both(post(kind, payload), about('DELETE', needed, id), round);
      const [isMade, isNeededThere] = [await isThere(kind, made.body['id']), await isThere(needed, id)];
      // Never a child without what it needs.
      expect(isMade && !isNeededThere).toBe(false);
      expect(isNeededThere).toBe(deleted.outcome !== '204');
      return [made, deleted];
    });
  });

  test('what is changed with a key while that is revoked is changed before, or not at all', async () => {
    await race(['200, 204', '401 203, 204'], async (round) => {
      const { id, ...before } = await make('vault');
      const { credential, secret } = await issueCredential(servers.one.store, us(), { kind: 'api_key', actor: null });
      const change = about('PATCH', 'vault', id, { payload: { metadata: 'b' }, person: { ...us(), key: secret } });
      const revoke = { method: 'DELETE', url: `/api_keys/${credential.id}`, person: us() } as const;
      const answers = await both(change, revoke, round);
      const { body } = await call(about('GET', 'vault', id));
      expect(body['metadata']).toBe(answers[0].outcome === '200' ? 'b' : before['metadata']);
      return answers;
    });
  });

  test('a key that is changed while it is revoked does not come back', async () => {
    await race(['200, 204', '404 9101, 204'], async (round) => {
      const { credential } = await issueCredential(servers.one.store, us(), { kind: 'authtoken', actor: null });
      const url = `/credentials/${credential.id}`;
      const change = { method: 'PATCH', url, payload: { acl: ['bind:a.localhost'] }, person: us() } as const;
      const answers = await both(change, { method: 'DELETE', url, person: us() }, round);
      expect((await call({ method: 'GET', url, person: us() })).outcome).toBe('404 9101');
      return answers;
    });
  });
}
