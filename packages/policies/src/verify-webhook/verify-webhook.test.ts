import { AditError } from '@adit/contracts';
import type { PolicyRequest } from '@adit/policy-kit';
import { describe, expect, test } from 'vitest';
import { providers } from './providers.ts';
import { type Vector, vectors } from './vectors/vectors.testkit.ts';
import { type FakeHost, type FakeRequest, fakeContext, fakeHost } from './verify-webhook.testkit.ts';
import { verifyWebhook } from './verify-webhook.ts';

const rows = providers.map((provider) => {
  const vector = vectors.find(({ provider: id, kind, expected }) => id === provider.id && kind === 'own' && !expected);
  if (!vector) throw new Error(`no vector of our own for ${provider.id}`);
  return { id: provider.id, provider, vector };
});

interface Asked extends FakeRequest {
  readonly host?: FakeHost;
  readonly config?: Record<string, unknown>;
  readonly isDry?: boolean;
  readonly nowMs?: number;
}

/** Prepares the module for the provider of a vector and asks it about the vector, both with changes. */
async function ask(vector: Vector, { host = hostOf(vector), config = {}, ...request }: Asked = {}) {
  const secrets = vector.secrets.length > 0 ? { secrets: vector.secrets } : {};
  const parsed = verifyWebhook.schema.parse({ provider: vector.provider, ...secrets, ...config });
  const policy = await verifyWebhook.prepare(parsed, host);
  const body = Buffer.from(vector.body, vector.encoding ?? 'utf8');
  const context = fakeContext({ ...vector, body, states: host.states, ...request });
  const decision = await policy.request?.(context);
  if (!decision) throw new Error('the policy has no facet for requests');
  return { decision, result: context.results.at(-1), context, policy };
}

function hostOf({ nowMs, certificates = {} }: Vector): FakeHost {
  return fakeHost({ nowMs, answers: certificates });
}

const flipped = ({ body }: Vector) => `${body} `;
const deny = { outcome: 'deny', code: 3204 };

describe.each(rows)('verify-webhook $id', ({ provider, vector }) => {
  test('lets a delivery through and says that it is verified', async () => {
    const { decision, result } = await ask(vector);
    expect(decision.outcome).toBe('continue');
    expect(result).toEqual({ verified: true, error: { code: '', message: '' } });
  });

  test('refuses one without signature with 3204, and passes it with enforce: false', async () => {
    const forged = { headers: {}, body: '{}' };
    const { decision, result } = await ask(vector, forged);
    expect(decision).toMatchObject({ ...deny, reason: 'verify-webhook/missing-signature' });
    expect(result).toMatchObject({ verified: false, error: { code: 'ERR_ADIT_3204' } });
    const lenient = await ask(vector, { ...forged, config: { enforce: false } });
    expect(lenient.decision.outcome).toBe('continue');
    expect(lenient.result).toMatchObject({ verified: false, error: { code: 'ERR_ADIT_3204' } });
  });

  test('refuses a content beyond the cap by what readBody throws', async () => {
    const body = `${vector.body}${' '.repeat(64)}`;
    await expect(ask(vector, { body, config: { max_body_bytes: 32 } })).rejects.toThrow(AditError);
    const headers = { ...vector.headers, 'content-length': String(body.length) };
    const lenient = await ask(vector, { body, headers, config: { max_body_bytes: 32, enforce: false } });
    expect(lenient).toMatchObject({ decision: { outcome: 'continue' }, result: { verified: false } });
  });

  test('lets nobody in on a request that it cannot read [invariant: fail-closed]', async () => {
    const { policy, context } = await ask(vector);
    let looks = 0;
    const unreadable = () => {
      looks += 1;
      throw new Error('this cannot be read');
    };
    for (const part of [{ readBody: unreadable }, { headers: new Proxy({}, { get: unreadable }) }]) {
      const before = looks;
      const request = { ...context.request, ...part } as PolicyRequest;
      const decision = await Promise.resolve(policy.request?.({ ...context, request })).catch(() => undefined);
      // A few sign nothing of the headers, and look at none. What is thrown becomes a denial of the chain.
      if (looks > before) expect(decision ?? deny).toMatchObject(deny);
    }
    expect(looks).toBeGreaterThan(0);
  });

  test('refuses the same delivery in another request exactly where the provider signs a time', async () => {
    const host = hostOf(vector);
    const isRefused = provider.toleranceMs !== undefined && !provider.isRepeatedAsIs;
    expect((await ask(vector, { host })).decision.outcome).toBe('continue');
    const { decision } = await ask(vector, { host });
    if (isRefused) expect(decision).toMatchObject({ ...deny, reason: 'verify-webhook/replayed' });
    else expect(decision.outcome).toBe('continue');
  });
});

const github = rows.find(({ id }) => id === 'github')!.vector;
const slack = rows.find(({ id }) => id === 'slack')!.vector;
const airship = rows.find(({ id }) => id === 'airship')!.vector;

describe('verify-webhook', () => {
  test('keeps nothing when it is asked dry, and still tells what would happen', async () => {
    const host = hostOf(slack);
    for (let round = 0; round < 2; round++) {
      expect((await ask(slack, { host, isDry: true })).decision.outcome).toBe('continue');
    }
    expect((await ask(slack, { host })).decision.outcome).toBe('continue');
    expect((await ask(slack, { host, isDry: true })).decision).toMatchObject({ reason: 'verify-webhook/replayed' });
  });

  test('remembers deliveries across a change of its configuration', async () => {
    const host = hostOf(slack);
    await ask(slack, { host });
    const changed = { secrets: ['something new', ...slack.secrets], max_body_bytes: 5_000 };
    expect((await ask(slack, { host, config: changed })).decision).toMatchObject({ reason: 'verify-webhook/replayed' });
  });

  test('takes one request for no replay of itself when two policies of a chain look at it', async () => {
    const host = hostOf(slack);
    const { context, policy } = await ask(slack, { host });
    expect(await policy.request?.(context)).toMatchObject({ outcome: 'continue' });
  });

  test('passes a replay with enforce: false, and says so', async () => {
    const host = hostOf(slack);
    await ask(slack, { host });
    const { decision, result } = await ask(slack, { host, config: { enforce: false } });
    expect(decision.outcome).toBe('continue');
    expect(result).toMatchObject({ verified: false });
  });

  test('renders secrets that are templates, and is not opened by an empty one', async () => {
    const host = fakeHost({ nowMs: github.nowMs, secrets: { vault: github.secrets[0] ?? '' } });
    const secrets = { secrets: ['${vault}'] };
    expect((await ask(github, { host, config: secrets })).decision.outcome).toBe('continue');
    const empty = { secrets: ['${missing}'] };
    expect((await ask(github, { host, config: empty })).decision).toMatchObject(deny);
  });

  test('checks what the provider signed before it compressed it, and no bomb', async () => {
    const { gzipSync } = await import('node:zlib');
    const headers = { ...airship.headers, 'content-encoding': 'gzip' };
    const body = gzipSync(airship.body);
    expect((await ask(airship, { headers, body })).decision.outcome).toBe('continue');
    const bomb = gzipSync(Buffer.alloc(2_000_000));
    for (const wrong of [bomb, Buffer.from('no gzip'), Buffer.alloc(0)]) {
      expect((await ask(airship, { headers, body: wrong })).decision).toMatchObject({
        ...deny,
        reason: 'verify-webhook/malformed-body',
      });
    }
    // Others sign what is sent.
    const github2 = { ...github.headers, 'content-encoding': 'gzip' };
    expect((await ask(github, { headers: github2 })).decision.outcome).toBe('continue');
    expect((await ask(github, { headers: github2, body: gzipSync(github.body) })).decision).toMatchObject(deny);
  });

  test('refuses a forged delivery of every provider', async () => {
    for (const { vector } of rows) {
      const forged = { ...vector.headers, Authorization: 'Basic eDp5', 'X-Gitlab-Token': 'x' };
      const { decision } = await ask(vector, { headers: forged, body: flipped(vector), config: otherSecret(vector) });
      expect(decision.outcome, vector.provider).not.toBe('continue');
    }
  });

  test.each([
    [{ provider: '' }, 363, '"provider" is empty'],
    [{ provider: 'gihub', secret: 'x' }, 364, '"gihub": no provider has that id; did you mean "github"?'],
    [{ provider: 'signalscience', secret: 'x' }, 364, '"signalsciences"'],
    [{ provider: 'nobody-knows-this', secret: 'x' }, 364, '"nobody-knows-this": no provider has that id'],
    [{ provider: 'github' }, 9600, '"secret" is missing'],
    [{ provider: 'github', secret: '' }, 9600, 'it is empty'],
    [{ provider: 'github', secrets: ['x', ''] }, 9600, 'it is empty'],
    [{ provider: 'sendgrid', secret: 'SG.abc' }, 379, 'public key'],
    [{ provider: 'sendgrid', secret: Buffer.from('no key').toString('base64') }, 379, 'public key'],
    [{ provider: 'svix', secret: 'whsec_' }, 9600, 'not base64'],
    [{ provider: 'microsoft_teams', secret: 'not base64!' }, 9600, 'not base64'],
    [{ provider: 'vmware', secret: 'user:password' }, 9600, '"user::password"'],
    [{ provider: 'sns', secret: 'my account' }, 9600, 'ARN'],
    [{ provider: 'github', secret: 'x', verify_token: 'y' }, 9600, '"verify_token"'],
  ])('does not take %j', async (config, code, text) => {
    const parsed = verifyWebhook.schema.parse(config);
    const error = await Promise.resolve()
      .then(() => verifyWebhook.prepare(parsed, fakeHost()))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AditError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
    expect((error as AditError).message).not.toContain('SG.abc');
  });

  test.each([
    undefined,
    null,
    'text',
    42,
    [],
    {},
    { provider: 'github', secret: 'x', typo: 1 },
    { provider: 'github', max_body_bytes: 0 },
  ])('has a strict schema: %j is refused', (config) => {
    expect(verifyWebhook.schema.safeParse(config).success).toBe(false);
  });

  test('takes aliases for the ids they stand for', async () => {
    for (const { vector, provider } of rows) {
      for (const alias of provider.aliases ?? []) {
        expect((await ask(vector, { config: { provider: alias } })).decision.outcome).toBe('continue');
      }
    }
  });
});

function otherSecret({ provider, secrets }: Vector): Record<string, unknown> {
  if (provider === 'sns') return { secrets: ['111111111111'] };
  return provider === 'vmware'
    ? { secrets: ['other::secret'] }
    : provider === 'sendgrid'
      ? { secrets }
      : { secrets: ['QW5vdGhlcg=='] };
}
