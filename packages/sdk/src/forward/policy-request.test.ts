import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PolicyOptions } from './policy-options.ts';
import { checkPolicies, policyRequest, policySecrets, policyWords } from './policy-request.ts';

test('policyRequest() says every option in the words of the protocol', () => {
  const options: Required<PolicyOptions> = {
    trafficPolicy: 'on_http_request: []\n',
    basicAuth: [{ username: 'ann', password: 'pass:word' }],
    circuitBreaker: 0.5,
    compression: true,
    requestHeaders: { add: ['X-Team:  payments ', 'x-empty:'], remove: ['Cookie'] },
    responseHeaders: { remove: ['Server'] },
    userAgentFilter: { allow: ['^curl/'], deny: ['bot'] },
    webhookVerification: { provider: 'github', secret: 'hunter2' },
    websocketTcpConverter: true,
  };
  const request = policyRequest(options, { scheme: 'https' });
  expect(request).toEqual({
    TrafficPolicy: 'on_http_request: []\n',
    BasicAuth: { credentials: [{ username: 'ann', cleartext_password: 'pass:word' }] },
    CircuitBreaker: { error_threshold: 0.5 },
    Compression: {},
    RequestHeaders: { add: ['x-team:payments', 'x-empty:'], remove: ['cookie'] },
    ResponseHeaders: { remove: ['server'] },
    UserAgentFilter: { allow: ['^curl/'], deny: ['bot'] },
    WebhookVerification: { provider: 'github', secret: 'hunter2' },
    WebsocketTCPConverter: {},
  });
  expect(Object.keys(policyWords)).toEqual(Object.keys(request));
});

test.each<[PolicyOptions, object]>([
  [{}, {}],
  [{ compression: false, websocketTcpConverter: false, requestHeaders: {}, userAgentFilter: { allow: [] } }, {}],
  [{ trafficPolicy: { on_http_request: [] } }, { TrafficPolicy: '{"on_http_request":[]}' }],
  [{ circuitBreaker: 0 }, { CircuitBreaker: { error_threshold: 0 } }],
  [{ webhookVerification: { provider: 'sns' } }, { WebhookVerification: { provider: 'sns' } }],
])('policyRequest() of %j is %j', (options, expected) => {
  expect(policyRequest(options, { scheme: 'http' })).toEqual(expected);
});

test.each<PolicyOptions>([
  { trafficPolicy: ' \n' },
  { basicAuth: [] },
  { basicAuth: [{ username: '', password: 'hunter2hunter2' }] },
  { basicAuth: [{ username: 'a:b', password: 'hunter2hunter2' }] },
  { basicAuth: [{ username: 'a', password: '' }] },
  { circuitBreaker: 1.1 },
  { circuitBreaker: Number.NaN },
  { requestHeaders: { add: ['hunter2'] } },
  { requestHeaders: { add: ['x: a\r\nhunter2: b'] } },
  { responseHeaders: { add: [': hunter2'] } },
  { responseHeaders: { remove: ['a b'] } },
  { userAgentFilter: { deny: [''] } },
  { webhookVerification: { provider: '', secret: 'hunter2' } },
  { webhookVerification: { provider: 'github', secret: '' } },
])('policyRequest() refuses %j and repeats no value of it', (options) => {
  const message = expect.stringMatching(/^Cannot use (?!.*hunter2)\w+: \w/);
  expect(() => policyRequest(options, { scheme: 'https' })).toThrow(expect.objectContaining({ code: 9201, message }));
});

test.each<[string, PolicyOptions]>([
  ['tcp', { basicAuth: [] }],
  ['tcp', { circuitBreaker: 0 }],
  ['tls', { compression: true }],
  ['tls', { requestHeaders: {} }],
  ['tls', { webhookVerification: { provider: 'github' } }],
])('policyRequest() for %s refuses %j, which needs HTTP', (scheme, options) => {
  const message = expect.stringContaining('it is for http and https endpoints');
  expect(() => policyRequest(options, { scheme })).toThrow(expect.objectContaining({ code: 9201, message }));
});

test.each(['tcp', 'tls'])('policyRequest() for %s takes a traffic policy, and switches that are off', (scheme) => {
  const options = { trafficPolicy: 'x: y', compression: false };
  expect(policyRequest(options, { scheme })).toEqual({ TrafficPolicy: 'x: y' });
});

test('policyRequest() sends a header line that holds one name and no line break, or refuses it, whatever the text', () => {
  const line = fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z-]{0,5}[ :\t\r\n]{0,3}[\s\S]{0,5}$/));
  fc.assert(
    fc.property(line, (text) => {
      try {
        const { RequestHeaders } = policyRequest({ requestHeaders: { add: [text] } }, { scheme: 'https' });
        const sent = (RequestHeaders as { add: string[] }).add;
        const [name = '', ...value] = sent[0]?.split(':') ?? [];
        expect(sent).toHaveLength(1);
        expect(name).toMatch(/^[!-~]+$/);
        expect(value.join(':')).toMatch(/^[\t -~\u{80}-\u{10FFFF}]*$/u);
      } catch (error) {
        expect(error).toMatchObject({ code: 9201 });
      }
    }),
  );
});

test('checkPolicies() calls an option what its caller calls it', () => {
  const place = { scheme: 'tcp', nameOf: (option: string) => `--${option}` };
  expect(() => checkPolicies({ compression: true }, place)).toThrow('Cannot use --compression: it is for http');
  expect(() => checkPolicies({ trafficPolicy: '' }, place)).toThrow('Cannot use --trafficPolicy: it is empty');
});

test('policySecrets() are the passwords and the secret, as far as they are long enough to be any', () => {
  const basicAuth = [
    { username: 'ann', password: 'correct horse' },
    { username: 'bob', password: 'a' },
  ];
  const webhookVerification = { provider: 'github', secret: 'hunter2hunter2' };
  expect(policySecrets({ basicAuth, webhookVerification })).toEqual(['correct horse', 'hunter2hunter2']);
  expect(policySecrets({})).toEqual([]);
});
