// Attacks that the schemes themselves leave open, one by one.
import { createHash, createHmac } from 'node:crypto';
import { HeaderFields } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import { findProvider } from './providers.ts';
import { checksOf, deliveryOf, vectors } from './vectors/vectors.testkit.ts';
import { verifyDelivery } from './verify-delivery.ts';

const secret = 'weak-spots';
const nowMs = 1_700_000_000_000;
const sign = (text: string | Buffer) => createHmac('sha256', secret).update(text).digest('hex');

async function judge(
  id: string,
  headers: Record<string, string>,
  body: string | Buffer = '',
  { url = 'https://hooks.example.test/in', secrets = [secret] } = {},
) {
  const checks = { secrets, nowMs, certificates: { get: async () => undefined } };
  const delivery = {
    method: 'POST',
    url,
    headers: new HeaderFields(Object.entries(headers).flat()),
    body: Buffer.from(body),
  };
  const verdict = await verifyDelivery(findProvider(id)!, delivery, checks);
  return verdict.verdict === 'accepted' ? 'accepted' : verdict.reason;
}

test('HubSpot: a hash of the older versions is not good for what is not UTF-8, as its continuations never are', async () => {
  const body = Buffer.from('7b7d8000', 'hex');
  const hash = createHash('sha256').update(secret).update(body).digest('hex');
  const headers = { 'x-hubspot-signature': hash, 'x-hubspot-signature-version': 'v1' };
  expect(await judge('hubspot', headers, body)).toBe('malformed-body');
  expect(await judge('hubspot', { ...headers, 'x-hubspot-signature-version': 'v3' }, body)).toBe('malformed-signature');
  expect(await judge('hubspot', { ...headers, 'x-hubspot-signature-version': 'constructor' })).toBe(
    'malformed-signature',
  );
});

test('Chargify: the older signature alone, MD5 of key and content, is none', async () => {
  const body = '{"event":"ping","id":42}';
  const headers = {
    'X-Chargify-Webhook-Signature': createHash('md5')
      .update(secret + body)
      .digest('hex'),
  };
  expect(await judge('chargify', headers, body)).toBe('missing-signature');
});

test('Mailgun: a digit cannot move from the time to the token', async () => {
  const signature = sign('170000000050dcec');
  const body = (timestamp: string, token: string) => JSON.stringify({ signature: { timestamp, token, signature } });
  expect(await judge('mailgun', {}, body('1700000000', '50dcec'))).toBe('accepted');
  expect(await judge('mailgun', {}, body('170000000', '050dcec'))).toBe('malformed-signature');
  expect(await judge('mailgun', {}, '{"signature":{"timestamp":"1700000000"}}')).toBe('missing-signature');
  expect(await judge('mailgun', {}, '{}')).toBe('missing-signature');
});

test('Twilio: the hash of the content in the URL is checked, and there once', async () => {
  const body = '{"a":1}';
  const ask = (query: string) => {
    const url = `https://hooks.example.test/in?${query}`;
    const signature = createHmac('sha1', secret).update(url).digest('base64');
    return judge('twilio', { 'x-twilio-signature': signature }, body, { url });
  };
  const right = createHash('sha256').update(body).digest('hex');
  expect(await ask(`bodySHA256=${right}`)).toBe('accepted');
  expect(await ask(`bodySHA256=${'0'.repeat(64)}`)).toBe('bad-signature');
  expect(await ask(`bodySHA256=${right}&bodySHA256=${right}`)).toBe('bad-signature');
  // What is signed without a hash covers no content but a form.
  expect(await ask('a=1')).toBe('bad-signature');
});

test('Contentful: nothing behind a second question mark escapes the signature', async () => {
  const vector = vectors.find(({ provider, title }) => provider === 'contentful' && title === 'a query')!;
  const verdict = await verifyDelivery(
    findProvider('contentful')!,
    { ...deliveryOf(vector), url: `${vector.url}?evil` },
    checksOf(vector),
  );
  expect(verdict).toMatchObject({ verdict: 'refused', reason: 'bad-signature' });
});

test('of very many signatures in one line only the first are looked at', async () => {
  const many = `${`v1=${'0'.repeat(64)},`.repeat(40)}v1=${sign('x')}`;
  expect(await judge('pagerduty', { 'x-pagerduty-signature': many }, 'x')).toBe('bad-signature');
  expect(await judge('pagerduty', { 'x-pagerduty-signature': many.slice(-200) }, 'x')).toBe('accepted');
});

test('Stripe: a time that is there twice, or no time, is refused', async () => {
  const good = sign('1700000000.x');
  expect(await judge('stripe', { 'stripe-signature': `t=1700000000,v1=${good}` }, 'x')).toBe('accepted');
  expect(await judge('stripe', { 'stripe-signature': `t=1700000000,t=1,v1=${good}` }, 'x')).toBe('malformed-signature');
  expect(await judge('stripe', { 'stripe-signature': `v1=${good}` }, 'x')).toBe('malformed-signature');
  expect(await judge('stripe', { 'stripe-signature': `t=1700000000,v0=${good}` }, 'x')).toBe('malformed-signature');
});

test.each(['true', '42', 'a=b', 'YWJj'])(
  'Twitter: what it was answered for the token %j is no delivery',
  async (text) => {
    const headers = {
      'x-twitter-webhooks-signature': `sha256=${createHmac('sha256', secret).update(text).digest('base64')}`,
    };
    expect(await judge('twitter', headers, text)).toBe('malformed-body');
  },
);

test('Svix: nothing of the content can be taken for the end of the id and for a time', async () => {
  const id = 'msg_1.1600000000.{"note":"';
  const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${id}.1700000000.[]`).digest('base64');
  const headers = { 'svix-timestamp': '1700000000', 'svix-signature': `v1,${signature}` };
  expect(await judge('svix', { ...headers, 'svix-id': id }, '[]')).toBe('malformed-signature');
  expect(await judge('svix', { ...headers, 'svix-id': 'msg_1' }, '[]')).toBe('bad-signature');
});

test('Linear: the time is that of the content, and must be there', async () => {
  const ask = (body: string) => judge('linear', { 'linear-signature': sign(body) }, body);
  expect(await ask('{"webhookTimestamp":1700000000000}')).toBe('accepted');
  expect(await ask('{"webhookTimestamp":1699999939000}')).toBe('stale');
  expect(await ask('{"webhookTimestamp":"1700000000000"}')).toBe('missing-signature');
  expect(await ask('{}')).toBe('missing-signature');
});

test('Amazon SNS: a certificate that is not valid yet is none', async () => {
  const vector = vectors.find(({ provider, expected }) => provider === 'sns' && expected === 'stale')!;
  const verdict = await verifyDelivery(findProvider('sns')!, deliveryOf(vector), { ...checksOf(vector), nowMs });
  expect(verdict).toMatchObject({ verdict: 'refused', reason: 'no-certificate' });
});

test('Amazon SNS: a content of quotation marks that none ends is looked through once', async () => {
  const quotes = '\\"'.repeat(131_072);
  expect(await judge('sns', {}, quotes, { secrets: [] })).toBe('malformed-body');
  expect(await judge('sns', {}, `${quotes}\\`, { secrets: [] })).toBe('malformed-body');
});

test('an empty secret is none: what everybody can sign is refused', async () => {
  const empty = { secrets: [''] };
  const keyless = (hash: string, encoding: 'hex' | 'base64') => createHmac(hash, '').update('x').digest(encoding);
  const sha256 = createHash('sha256').update('x').digest('hex');
  for (const [id, headers] of [
    ['github', { 'x-hub-signature-256': `sha256=${keyless('sha256', 'hex')}` }],
    ['hubspot', { 'x-hubspot-signature': sha256, 'x-hubspot-signature-version': 'v1' }],
    ['gitlab', { 'x-gitlab-token': '' }],
    ['microsoft_teams', { authorization: `HMAC ${keyless('sha256', 'base64')}` }],
  ] as const) {
    expect(await judge(id, headers, 'x', empty), id).toBe('bad-signature');
  }
});

test('a signature without the prefix of the provider is none, unless it may be missing', async () => {
  expect(await judge('github', { 'x-hub-signature-256': sign('x') }, 'x')).toBe('malformed-signature');
  expect(
    await judge(
      'slack',
      { 'x-slack-signature': sign('v0:1700000000:x'), 'x-slack-request-timestamp': '1700000000' },
      'x',
    ),
  ).toBe('malformed-signature');
});
