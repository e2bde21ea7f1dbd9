import { type Id, newId } from '@adit/contracts';
import { emptyAddressBook } from '@adit/policy-kit';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { Document, DocumentKind } from '../domain/document.ts';
import { openChains } from './open-chains.ts';
import { policySource } from './policy-source.ts';

const accountId = newId('account', 0);
const log = { isLevelEnabled: () => false, debug() {}, info() {}, warn() {}, error() {} };

/** What is kept of the account. */
type Bodies = Partial<Record<DocumentKind, readonly object[]>>;

function partsOf(bodies: Bodies = {}) {
  const listDocuments = async ({ kind, accountId: owner }: { kind: DocumentKind; accountId: Id<'account'> }) =>
    owner === accountId ? (bodies[kind] ?? []).map((body) => ({ id: newId(kind, 0), body }) as Document) : [];
  const store = { listDocuments, findDocument: async () => undefined, readSecret: async () => undefined };
  return {
    store,
    directory: { parseAddress: () => null, findInternal: () => undefined, awaitedInternal: () => undefined },
    backends: { find: () => undefined },
    ...{ addresses: emptyAddressBook, accept: () => {} },
  };
}

describe('rules for all endpoints', () => {
  const options = { 'outgoing-network': { has: () => false } } as unknown as Parameters<
    typeof openChains
  >[0]['options'];
  const { checkPolicy } = openChains({ clock: fakeClock(), log, options }, partsOf());
  const check = (policy: string) => checkPolicy({ accountId, policy, protocol: null });

  test.each([
    [''],
    ['on_http_request: []'],
    ['on_tcp_connect: [{actions: [{type: restrict-ips, config: {deny: [10.0.0.0/8]}}]}]'],
    // They need not answer, and may be for some visitors.
    ['on_http_request: [{expressions: ["req.method == \'TRACE\'"], actions: [{type: deny}]}]'],
    ['on_http_response: [{actions: [{type: remove-headers, config: {headers: [server]}}]}]'],
    ['on_event_stream_message: []'],
    [
      `on_http_request: [{actions: [{type: basic-auth, config: {credentials: ["ann:\${secrets.get('web', 'ann')}"]}}]}]`,
    ],
  ])('may be %j', async (text) => {
    await check(text);
  });

  test.each<[what: string, text: string, code: number, words: string]>([
    ['no YAML', 'a: [', 9600, 'line 1, column 5'],
    ['an unknown action', 'on_http_request:\n  - actions: [{type: denny}]', 2201, 'line 2, column 22'],
    [
      'an action that nothing gets to',
      'on_http_request:\n  - actions: [{type: deny}]\n  - actions: [{type: deny}]',
      2207,
      'line 3, column 15 (on_http_request[1].actions[0]): nothing gets here',
    ],
    [
      'an action in a phase that it is not for',
      'on_tcp_connect: [{actions: [{type: basic-auth, config: {credentials: ["a:12345678"]}}]}]',
      2202,
      'line 1, column 36',
    ],
    [
      'an action that not all endpoints can have',
      'on_tcp_connect: [{actions: [{type: terminate-tls}]}]',
      2205,
      '"terminate-tls" is for https, tls endpoints, not for all: require it of each endpoint instead',
    ],
    [
      'an expression of another phase',
      'on_tcp_connect: [{expressions: ["req.method == \'GET\'"], actions: [{type: deny}]}]',
      2200,
      'line 1, column 34',
    ],
    [
      'an IP policy that is not there',
      'on_tcp_connect: [{actions: [{type: restrict-ips, config: {ip_policies: [ipp_x]}}]}]',
      1402,
      'ipp_x',
    ],
    [
      'a phase that is another for each endpoint',
      'inbound: [{actions: [{type: deny}]}]',
      9600,
      '"inbound" is no field',
    ],
    ['answers by the older name', 'outbound: []', 9600, '"outbound" is no field'],
  ])('may not be %s', async (_, text, code, words) => {
    await expect(check(text)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

test('what an account has decided for all endpoints: who may be there first, then its rules, and what it requires', async () => {
  const restriction = { type: 'endpoints', enforced: true, policyIds: ['ipp_1'] };
  const policy =
    'on_tcp_connect: [{name: second, actions: [{type: deny}]}]\non_http_request: [{actions: [{type: deny}]}]';
  const require = ['basic-auth', 'restrict-ips {"allow":["10.0.0.0/8"]}'];
  const source = policySource(partsOf({ ipRestriction: [restriction], accountRules: [{ policy, require }] }));
  const { document, requires } = await source.organisationRules(accountId);
  expect(document.on_tcp_connect?.map(({ actions }) => actions[0]?.type)).toEqual(['restrict-ips', 'deny']);
  expect(document.on_http_request).toHaveLength(1);
  expect(requires).toEqual([
    { action: 'basic-auth', settings: {} },
    { action: 'restrict-ips', settings: { allow: ['10.0.0.0/8'] } },
  ]);
  expect(await source.organisationRules(newId('account', 1))).toEqual({ document: {}, requires: [] });
});
