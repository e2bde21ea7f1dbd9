import { policyModules as modules } from '@adit/policies';
import { expect, test } from 'vitest';
import type { Requirements } from '../../domain/requirement.ts';
import { thrownCode } from '../../domain/thrown-code.testkit.ts';
import { always, type PolicyAction, type PolicyDocument } from '../document/policy-document.ts';
import { checkRequirements, whyNeverMet } from './check-requirements.ts';

const office = { allow: ['192.0.2.0/24'] };
const restrictIps = (config: object = office): PolicyAction => ({ type: 'restrict-ips', config });
const onConnect = (...actions: PolicyAction[]): PolicyDocument => ({ on_tcp_connect: [always(...actions)] });
const onRequest = (...actions: PolicyAction[]): PolicyDocument => ({ on_http_request: [always(...actions)] });
const basicAuth = { action: 'basic-auth', settings: {} };
const inOffice = { action: 'restrict-ips', settings: office };
const webhook = (config: object): PolicyAction => ({ type: 'verify-webhook', config: { secret: 'hush', ...config } });

test.each<[title: string, document: PolicyDocument, action: string, settings: object]>([
  ['is there', onConnect(restrictIps()), 'restrict-ips', {}],
  ['is there for requests', onRequest(restrictIps()), 'restrict-ips', {}],
  ['stands behind others', onConnect({ type: 'log', config: { metadata: {} } }, restrictIps()), 'restrict-ips', {}],
  ['is set so', onConnect(restrictIps()), 'restrict-ips', office],
  ['has more set', onConnect(restrictIps({ ...office, deny: ['192.0.2.7'] })), 'restrict-ips', office],
  ['is set so by default', onConnect(restrictIps()), 'restrict-ips', { enforce: true }],
  ['is set so once', onRequest(restrictIps({ deny: ['192.0.2.7'] }), restrictIps()), 'restrict-ips', office],
  ['names what it must', onRequest(webhook({ provider: 'github' })), 'verify-webhook', { provider: 'github' }],
  [
    'is for answers alone',
    { on_http_response: [always({ type: 'compress-response', config: {} })] },
    'compress-response',
    {},
  ],
])('checkRequirements() lets pass what %s', (_, document, action, settings) => {
  const requires = { credential: [{ action, settings: { ...settings } }], account: [] };
  checkRequirements(document, { requires, modules });
});

test.each<[title: string, document: PolicyDocument, action: string, settings: object]>([
  ['is not there', {}, 'restrict-ips', {}],
  ['is another', onConnect(restrictIps()), 'basic-auth', {}],
  [
    'is for some visitors',
    { on_http_request: [{ name: '', expressions: ['true'], actions: [restrictIps()] }] },
    'restrict-ips',
    {},
  ],
  ['comes when the service has answered', { on_http_response: [always(restrictIps())] }, 'restrict-ips', {}],
  ['is not enforced', onConnect(restrictIps({ ...office, enforce: false })), 'restrict-ips', {}],
  [
    'is not enforced, as is asked',
    onConnect(restrictIps({ ...office, enforce: false })),
    'restrict-ips',
    { enforce: false },
  ],
  ['is set otherwise', onConnect(restrictIps({ allow: ['0.0.0.0/0'] })), 'restrict-ips', office],
  ['has more in a list', onConnect(restrictIps({ allow: ['192.0.2.0/24', '0.0.0.0/0'] })), 'restrict-ips', office],
  ['is set for another', onRequest(webhook({ provider: 'slack' })), 'verify-webhook', { provider: 'github' }],
  ['has no such setting', onConnect(restrictIps()), 'restrict-ips', JSON.parse('{"__proto__":{}}') as object],
  ['does not exist', onConnect(restrictIps()), 'no-such-action', {}],
  ['is invalid', onConnect({ type: 'restrict-ips', config: {} }), 'restrict-ips', {}],
])('checkRequirements() refuses what %s', (_, document, action, settings) => {
  const requires = { credential: [], account: [{ action, settings: settings as Record<string, unknown> }] };
  expect(thrownCode(() => checkRequirements(document, { requires, modules }))).toBe(9409);
});

test.each<[whose: string, requires: Requirements, words: string]>([
  [
    'credential',
    { credential: [basicAuth, inOffice], account: [] },
    'its credential requires basic-auth; restrict-ips {"allow":["192.0.2.0/24"]}',
  ],
  ['account', { credential: [], account: [basicAuth] }, 'its account requires basic-auth'],
  [
    'credential and account',
    { credential: [basicAuth], account: [inOffice] },
    'its credential requires basic-auth, and its account requires restrict-ips {"allow":["192.0.2.0/24"]}',
  ],
])('checkRequirements() names all that is missing, as it is to be written, by its %s', (_, requires, words) => {
  expect(() => checkRequirements(onConnect(), { requires, modules })).toThrow(`Cannot open the endpoint: ${words}`);
});

test.each<[action: string, settings: object, why: string | undefined]>([
  ['restrict-ips', {}, undefined],
  ['restrict-ips', { ...office, enforce: true }, undefined],
  ['verify-webhook', { provider: 'github' }, undefined],
  ['circuit-breaker', { window_duration: '10s' }, undefined],
  ['add-headers', { headers: { 'x-team': '${conn.client_ip}' } }, undefined],
  ['restrict-ip', {}, 'there is no such policy; did you mean "restrict-ips"?'],
  ['no-such-action', {}, 'there is no such policy'],
  ['restrict-ips', { alow: ['192.0.2.0/24'] }, '"alow" is no field here; did you mean "allow"?'],
  ['restrict-ips', { providers: 1 }, '"providers" is no field here; known: allow, deny, ip_policies, enforce'],
  ['restrict-ips', JSON.parse('{"__proto__":{}}') as object, '"__proto__" is no field here; known: allow'],
  ['restrict-ips', { allow: '192.0.2.0/24' }, '"allow": Invalid input: expected array, received string'],
  ['restrict-ips', { allow: ['192.0.2.0/24', 5] }, '"allow[1]": Invalid input: expected string, received number'],
  ['restrict-ips', { enforce: 'yes' }, '"enforce": Invalid input: expected boolean, received string'],
  ['restrict-ips', { enforce: false }, '"enforce" must be true: what is not enforced is not there'],
])('whyNeverMet() says of %j %j: %s', (action, settings, why) => {
  const said = whyNeverMet({ action, settings: settings as Record<string, unknown> }, modules);
  if (why === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(why);
});
