// What must not get through, for every provider: made from a delivery that does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Delivery } from './delivery.ts';
import type { Provider } from './provider.ts';
import { providers } from './providers.ts';
import { checksOf, deliveryOf, type Vector, vectors } from './vectors/vectors.testkit.ts';
import { type Verdict, verifyDelivery } from './verify-delivery.ts';

/** Header lines that are in vectors, but not for the signature. */
const ignored = /^(content-type|x-gcs-keyid|x-pusher-key|x-amz-sns-message-type|box-signature-secondary)$/;
/** What they sign, or carry in clear, does not cover the content. */
const unsignedBody = ['buildkite token', 'gitlab', 'mailgun', 'vmware'];

const rows = providers.map((provider) => {
  const vector = vectors.find(({ provider: id, kind, expected }) => id === provider.id && kind === 'own' && !expected);
  if (!vector) throw new Error(`no vector of our own for ${provider.id}`);
  return { id: provider.id, provider, vector, isBodySigned: !unsignedBody.includes(provider.id) };
});
const inHeaders = rows.filter(({ id }) => id !== 'mailgun' && id !== 'sns');
const withTime = rows.filter(({ provider }) => provider.toleranceMs !== undefined);

async function judge(
  provider: Provider,
  vector: Vector,
  change: Partial<Delivery & { nowMs: number; secrets: string[] }> = {},
): Promise<string> {
  const { nowMs, secrets, ...delivery } = change;
  const checks = { ...checksOf(vector), ...(nowMs === undefined ? {} : { nowMs }), ...(secrets ? { secrets } : {}) };
  const verdict: Verdict = await verifyDelivery(provider, { ...deliveryOf(vector), ...delivery }, checks);
  return verdict.verdict === 'accepted' ? 'accepted' : verdict.reason;
}

function withHeaders(vector: Vector, change: (name: string, value: string) => string | undefined): Partial<Delivery> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(vector.headers)) {
    const changed = change(name.toLowerCase(), value);
    if (changed !== undefined) headers[name] = changed;
  }
  return { headers: deliveryOf({ ...vector, headers }).headers };
}

describe.each(rows)('$id', ({ provider, vector, isBodySigned }) => {
  test('is accepted as it is', async () => {
    expect(await judge(provider, vector)).toBe('accepted');
  });

  test('a flipped byte of the content is found where the content is signed', async () => {
    const body = Buffer.from(deliveryOf(vector).body);
    const at = body.toString('latin1').search(/[a-z0-9][^a-z0-9]*$/i);
    body.writeUInt8(body.readUInt8(at) ^ 1, at);
    expect((await judge(provider, vector, { body })) === 'accepted').toBe(!isBodySigned);
  });

  test('no content, and content that is no text, is refused where the content is signed', async () => {
    for (const body of [Buffer.alloc(0), Buffer.from('ff00fe80', 'hex')]) {
      const verdict = await judge(provider, vector, { body });
      expect(verdict === 'accepted').toBe(!isBodySigned && provider.id !== 'mailgun');
    }
  });

  test('another secret is not good, the second of two is', async () => {
    const other = provider.id === 'sns' ? '111111111111' : 'QW5vdGhlciBzZWNyZXQ=';
    const right = provider.id === 'sns' ? '210987654321' : (vector.secrets[0] ?? '');
    expect(await judge(provider, vector, { secrets: [other] })).toMatch(/bad-signature|foreign-topic/);
    expect(await judge(provider, vector, { secrets: [other, right] })).toBe('accepted');
    expect(await judge(provider, vector, { secrets: [''] })).toMatch(/bad-signature|foreign-topic/);
  });
});

describe.each(inHeaders)('$id', ({ provider, vector }) => {
  test('a missing header line is named as such', async () => {
    expect(
      await judge(
        provider,
        vector,
        withHeaders(vector, () => undefined),
      ),
    ).toBe('missing-signature');
    for (const missing of Object.keys(vector.headers).map((name) => name.toLowerCase())) {
      if (ignored.test(missing)) continue;
      const change = withHeaders(vector, (name, value) => (name === missing ? undefined : value));
      expect(await judge(provider, vector, change), missing).toMatch(/signature/);
    }
  });

  test('another prefix or version, and garbage, is refused', async () => {
    for (const wrong of [(value: string) => `v9x${value}`, () => '\u00ff<*>', () => '', () => '0'.repeat(64)]) {
      const change = withHeaders(vector, (name, value) => (ignored.test(name) ? value : wrong(value)));
      expect(await judge(provider, vector, change)).toMatch(/bad-signature|malformed-signature/);
    }
  });

  test('a header line that is there twice is refused', async () => {
    const { headers } = deliveryOf(vector);
    for (const name of Object.keys(vector.headers)) if (!ignored.test(name.toLowerCase())) headers.add(name, 'x');
    expect(await judge(provider, vector, { headers })).toBe('malformed-signature');
  });
});

test.each(withTime)('$id is stale long before and long after', async ({ provider, vector }) => {
  const far = 2 * (provider.toleranceMs ?? 0) + 2_000;
  for (const nowMs of [vector.nowMs - far, vector.nowMs + far]) {
    expect(await judge(provider, vector, { nowMs })).toBe('stale');
  }
});

test('verifyDelivery() keeps to the tolerance to the second, both ways', async () => {
  const stripe = rows.find(({ id }) => id === 'stripe')!;
  for (const [offsetMs, expected] of [
    [300_000, 'accepted'],
    [300_001, 'stale'],
  ] as const) {
    for (const sign of [1, -1]) {
      const nowMs = stripe.vector.nowMs + sign * offsetMs;
      expect(await judge(stripe.provider, stripe.vector, { nowMs })).toBe(expected);
    }
  }
});

test.each([
  ['circleci', 'circleci-signature', ','],
  ['pagerduty', 'x-pagerduty-signature', ','],
  ['orb', 'x-orb-signature', ' '],
  ['svix', 'svix-signature', ' '],
  ['clerk', 'svix-signature', ' '],
  ['brex', 'webhook-signature', ' '],
])('%s is accepted when the second of two signatures is right', async (id, header, separator) => {
  const { provider, vector } = rows.find((row) => row.id === id)!;
  const value = Object.entries(vector.headers).find(([name]) => name.toLowerCase() === header)![1];
  const other = value.slice(0, -8) + value.slice(-8).split('').reverse().join('');
  const both = `${other}${separator}${value}`;
  expect(
    await judge(
      provider,
      vector,
      withHeaders(vector, (name, old) => (name === header ? both : old)),
    ),
  ).toBe('accepted');
  expect(
    await judge(
      provider,
      vector,
      withHeaders(vector, (name, old) => (name === header ? other : old)),
    ),
  ).toMatch(/signature/);
});

test('verifyDelivery() never answers random requests with anything but a refusal', async () => {
  const names = [...new Set(vectors.flatMap(({ headers }) => Object.keys(headers)))];
  const values = vectors.flatMap(({ headers }) => Object.values(headers));
  const bytes = fc.uint8Array({ maxLength: 64 });
  const line = fc.oneof(
    fc.constantFrom(...values),
    fc.string(),
    bytes.map((octets) => Buffer.from(octets).toString('latin1')),
  );
  const body = fc.oneof(
    bytes,
    fc.json().map((text) => Buffer.from(text)),
    fc.constantFrom(...vectors.map((vector) => Buffer.from(`${vector.body} `))),
  );
  const anything = fc.record({
    row: fc.constantFrom(...rows),
    headers: fc.dictionary(fc.constantFrom(...names), line, { maxKeys: 8 }),
    body,
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
    target: fc.string(),
  });
  await fc.assert(
    fc.asyncProperty(anything, async ({ row, headers, body: content, method, target }) => {
      const { headers: fields } = deliveryOf({ ...row.vector, headers });
      // No secret of any vector: whatever is in the request is signed with another.
      const change = { method, url: `https://hooks.example.test/${target}`, headers: fields, body: content };
      const verdict = await judge(row.provider, row.vector, { ...change, secrets: ['TmV2ZXIgdXNlZA==::x'] });
      expect(verdict).not.toBe('accepted');
    }),
    { numRuns: 3_000 },
  );
});

test('verifyDelivery() finds any flipped bit of a content that is signed byte for byte', async () => {
  const exact = rows.filter(({ provider }) =>
    ['hmac', 'ecdsa', 'contentful', 'hygraph'].includes(provider.schemes[0].family),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...exact), fc.nat(), fc.nat(7), async ({ provider, vector }, at, bit) => {
      const body = Buffer.from(deliveryOf(vector).body);
      body[at % body.length]! ^= 1 << bit;
      expect(await judge(provider, vector, { body })).not.toBe('accepted');
    }),
    { numRuns: 1_000 },
  );
});

test('verifyDelivery() finds a replay that is written in another form than the first', async () => {
  const { provider, vector } = rows.find(({ id }) => id === 'box')!;
  const escaped = vectors.find(
    ({ provider: id, kind, title }) => id === 'box' && kind === 'own' && title === 'signed with escapes',
  )!;
  const forms = [escaped.body, escaped.body.replace('ë', '\\u00eb'), escaped.body.replace('/', '\\/')];
  const keys = await Promise.all(
    forms.map(async (body) => {
      const verdict = await verifyDelivery(provider, deliveryOf({ ...escaped, body }), checksOf(vector));
      return verdict.verdict === 'accepted' ? verdict.replay?.key : verdict.reason;
    }),
  );
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).not.toContain('signature');
});

test.each([
  ['a field twice', (json: string) => json.replace('{', '{"Message":"evil",')],
  ['a field twice, once with an escape', (json: string) => json.replace('{', '{"Mess\\u0061ge":"evil",')],
  ['a signed field that is no text', (json: string) => json.replace('{', '{"Subject":{"a":1},')],
])('verifyDelivery() refuses an SNS message with %s', async (_title, change) => {
  const { provider, vector } = rows.find(({ id }) => id === 'sns')!;
  const body = Buffer.from(change(vector.body));
  expect(await judge(provider, vector, { body })).toBe('malformed-body');
});

test('verifyDelivery() refuses a form of very many fields before it sorts them', async () => {
  const { provider, vector } = rows.find(({ id }) => id === 'twilio')!;
  const body = Buffer.from('a&'.repeat(500_000));
  expect(await judge(provider, vector, { body })).toBe('malformed-body');
});
