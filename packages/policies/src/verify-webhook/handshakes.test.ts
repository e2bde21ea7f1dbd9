import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { vectors } from './vectors/vectors.testkit.ts';
import { type FakeRequest, fakeContext, fakeHost } from './verify-webhook.testkit.ts';
import { verifyWebhook } from './verify-webhook.ts';

const secret = 'adit-test-secret';
const nowMs = 1_700_000_000_000;
const base = 'https://hooks.example.test/in';

async function ask(provider: string, request: FakeRequest, config: Record<string, unknown> = {}) {
  const host = fakeHost({ nowMs, answers: { [subscribeUrl]: 'ok', ...snsVector.certificates } });
  const policy = await verifyWebhook.prepare(verifyWebhook.schema.parse({ provider, secret, ...config }), host);
  const context = fakeContext({ nowMs, ...request });
  const decision = await policy.request?.(context);
  const text = decision?.outcome === 'respond' ? Buffer.from(decision.body).toString() : undefined;
  return { decision, text, host, result: context.results.at(-1), notCalled: context.notCalled };
}

const hmac = (text: string, encoding: 'hex' | 'base64', hash = 'sha256') =>
  createHmac(hash, secret).update(text).digest(encoding);
const signedAt = (text: string) => hmac(`v0:1700000000:${text}`, 'hex');
const snsVector = vectors.find(({ title, kind }) => kind === 'own' && title === 'confirmation')!;
const subscribeUrl = JSON.parse(snsVector.body).SubscribeURL as string;

const slackBody = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV"}';
const zoomBody = '{"event":"endpoint.url_validation","payload":{"plainToken":"plain-token-abc"}}';
const slack = (body: string) => ({
  body,
  headers: { 'x-slack-signature': `v0=${signedAt(body)}`, 'x-slack-request-timestamp': '1700000000' },
});
const zoom = (body: string) => ({
  body,
  headers: { 'x-zm-signature': `v0=${signedAt(body)}`, 'x-zm-request-timestamp': '1700000000' },
});
const terraformBody = '{"notifications":[{"trigger":"verification"}]}';
const xeroBody = '{"events":[],"firstEventSequence":0,"entropy":"x"}';
const get = (query: string) => ({ method: 'GET', url: `${base}${query}` });
const meta = '?hub.mode=subscribe&hub.verify_token=my-token&hub.challenge=1158201444';

describe('verify-webhook answers', () => {
  test.each([
    ['slack', slack(slackBody), '3eZbrw1aBm2rZgRNFdxV', {}],
    [
      'zoom',
      zoom(zoomBody),
      '{"plainToken":"plain-token-abc","encryptedToken":"035356dcded06d6637d67c412f33727d89f1881f90a73265783233abd456022f"}',
      {},
    ],
    [
      'twitter',
      get('?crc_token=challenge-abc'),
      '{"response_token":"sha256=U7lPRdnn8B/74xMg5aXZiJ+QQ/3s6hXeHYuPoJzvfsE="}',
      {},
    ],
    ['dropbox', get('?challenge=abc-123'), 'abc-123', {}],
    ['facebook_graph_api', get(meta), '1158201444', { verify_token: 'my-token' }],
    ['whatsapp', get(meta), '1158201444', { verify_token: 'my-token' }],
    ['worldline', { method: 'GET', headers: { 'X-GCS-Webhooks-Endpoint-Verification': 'echo-me' } }, 'echo-me', {}],
    ['mailchimp', { method: 'HEAD' }, '', {}],
    ['mailchimp', { body: 'mandrill_events=%5B%5D' }, '', {}],
    [
      'terraform',
      { body: terraformBody, headers: { 'x-tfe-notification-signature': hmac(terraformBody, 'hex', 'sha512') } },
      '',
      {},
    ],
    ['xero', { body: xeroBody, headers: { 'x-xero-signature': hmac(xeroBody, 'base64') } }, '', {}],
  ])('the handshake of %s', async (provider, request, expected, config) => {
    const { decision, text } = await ask(provider, request, config);
    expect(decision).toMatchObject({
      outcome: 'respond',
      status: 200,
      reason: 'verify-webhook/handshake',
      isRefusal: false,
    });
    expect(text).toBe(expected);
    expect(decision).toMatchObject({ headers: expect.arrayContaining(['x-content-type-options', 'nosniff']) });
  });

  test.each([
    ['slack', slack(slackBody)],
    ['zoom', zoom(zoomBody)],
    ['twitter', get('?crc_token=challenge-abc')],
    ['dropbox', get('?challenge=abc-123')],
    ['facebook_messenger', get(meta)],
    ['mailchimp', { method: 'HEAD' }],
  ])('not, where the service shall: %s', async (provider, request) => {
    const { decision, result } = await ask(provider, request, { handshakes: 'forward' });
    expect(decision).toMatchObject({ outcome: 'continue' });
    expect(result).toMatchObject({ verified: 'headers' in request });
  });

  test.each([
    ['slack', { ...slack(slackBody), headers: {} }],
    ['zoom', { ...zoom(zoomBody), headers: {} }],
    ['zoom', { ...zoom(zoomBody), headers: { ...zoom(zoomBody).headers, 'x-zm-signature': `v0=${'0'.repeat(64)}` } }],
    ['terraform', { body: terraformBody }],
    ['facebook_messenger', get(meta)],
    ['instagram', get(meta.replace('my-token', 'guess'))],
    ['github', get('?challenge=abc')],
    ['dropbox', { ...get('?challenge=abc'), method: 'POST' }],
    ['dropbox', { ...get('?challenge=abc'), upgrade: ['websocket'] }],
    ['dropbox', get(`?challenge=${'a'.repeat(2_000)}`)],
    ['mailchimp', { body: 'mandrill_events=%5B%7B%7D%5D' }],
  ])('nothing unsigned that must be signed, no wrong token, no other form: %s', async (provider, request) => {
    const config = provider === 'instagram' ? { verify_token: 'my-token' } : {};
    expect((await ask(provider, request, config)).decision).toMatchObject({ outcome: 'deny', code: 3204 });
  });

  test('no challenge that could be the content of a delivery: the answer would be its signature', async () => {
    for (const forged of ['{"for_user_id":"1"}', '[1]', '', 'a b', 'v0:1700000000:x']) {
      const { decision } = await ask('twitter', get(`?crc_token=${encodeURIComponent(forged)}`));
      expect(decision).toMatchObject({ outcome: 'deny' });
      const body = JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken: forged } });
      expect((await ask('zoom', zoom(body))).text).toBeUndefined();
    }
  });

  test('Xero with 401 where the signature is wrong, unless the service answers', async () => {
    const request = { body: xeroBody, headers: { 'x-xero-signature': hmac('another', 'base64') } };
    const { decision, result } = await ask('xero', request);
    expect(decision).toMatchObject({
      outcome: 'respond',
      status: 401,
      isRefusal: true,
      reason: 'verify-webhook/bad-signature',
    });
    expect(result).toMatchObject({ verified: false });
    expect((await ask('xero', request, { handshakes: 'forward' })).decision).toMatchObject({ outcome: 'deny' });
    expect((await ask('xero', { body: xeroBody })).decision).toMatchObject({ outcome: 'deny' });
  });

  test('SNS by asking it to confirm, for topics that are named', async () => {
    const at = { ...snsVector, nowMs: snsVector.nowMs };
    const named = await ask('sns', at, { secret: '210987654321' });
    expect(named.decision).toMatchObject({ outcome: 'respond', status: 200 });
    expect(named.host.fetched).toContain(subscribeUrl);
    const anybody = await ask('sns', at, { secret: undefined });
    expect(anybody.decision).toMatchObject({ outcome: 'continue' });
    expect(anybody.host.fetched).not.toContain(subscribeUrl);
    const failing = fakeHost({ nowMs: snsVector.nowMs, answers: { ...snsVector.certificates, [subscribeUrl]: 500 } });
    const policy = await verifyWebhook.prepare(
      verifyWebhook.schema.parse({ provider: 'sns', secret: '210987654321' }),
      failing,
    );
    expect(await policy.request?.(fakeContext(at))).toMatchObject({ outcome: 'continue' });
    const foreign = await ask('sns', at, { secret: '111111111111' });
    expect(foreign.decision).toMatchObject({ outcome: 'deny', reason: 'verify-webhook/foreign-topic' });
    expect(foreign.host.fetched).toEqual([]);
  });

  test('SNS as far as it is known to whoever only asks: nobody is called for a certificate, nor to confirm', async () => {
    const request = fakeHost({ nowMs: snsVector.nowMs, answers: { ...snsVector.certificates } });
    const config = verifyWebhook.schema.parse({ provider: 'sns', secret: '210987654321' });
    const policy = await verifyWebhook.prepare(config, request);
    const asked = fakeContext({ ...snsVector, isDry: true });
    expect(await policy.request?.(asked)).toMatchObject({ reason: 'verify-webhook/no-certificate' });
    expect([request.fetched, asked.notCalled]).toEqual([[], 1]);
    // A visitor brings the certificate, and is not refused for what was only asked before.
    expect(await policy.request?.(fakeContext(snsVector))).toMatchObject({ outcome: 'continue' });
    const fetched = [...request.fetched];
    const again = fakeContext({ ...snsVector, isDry: true });
    expect(await policy.request?.(again)).toMatchObject({ outcome: 'respond', status: 200 });
    expect([request.fetched, again.notCalled]).toEqual([fetched, 1]);
  });
});

describe('verify-webhook sns', () => {
  test('does not fetch a certificate from anywhere but SNS', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    for (const url of [
      'http://sns.eu-west-1.amazonaws.com/a.pem',
      'https://sns.eu-west-1.amazonaws.com.evil.test/a.pem',
      'https://sns.eu-west-1.amazonaws.com:8443/a.pem',
      'https://user@sns.eu-west-1.amazonaws.com/a.pem',
      'https://bucket.s3.amazonaws.com/a.pem',
      'https://sns.s3-us-west-2.amazonaws.com/a.pem',
      'https://sns.s3-accelerate.amazonaws.com/a.pem',
      'https://sns.eu-west-1.amazonaws.com/a.pem?x',
      'https://sns.eu-west-1.amazonaws.com/a.txt',
      'https://evil.test/sns.eu-west-1.amazonaws.com/a.pem',
      'no address',
    ]) {
      const fields = { ...JSON.parse(snsVector.body), SigningCertURL: url };
      fields.Signature = createSign('sha256').update('x').sign(privateKey, 'base64');
      const { decision, host } = await ask(
        'sns',
        { ...snsVector, body: JSON.stringify(fields) },
        { secret: undefined },
      );
      expect(decision).toMatchObject({ outcome: 'deny', reason: 'verify-webhook/no-certificate' });
      expect(host.fetched).toEqual([]);
    }
  });
});
