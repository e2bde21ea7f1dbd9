import { newId } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BindClaims, readBindToken, signBindToken } from './bind-token.ts';
import { Signer } from './signer.ts';

const signer = new Signer(Buffer.alloc(32, 1));
const claims: BindClaims = {
  endpointId: newId('endpoint', 1),
  accountId: newId('account', 1),
  address: { scheme: 'tcp', host: 'localhost', port: 20_001, binding: 'public' },
  optionsDigest: 'digest',
  createdAtMs: 1234,
};

test('readBindToken() reads back what signBindToken() wrote, with nothing but the key', () => {
  expect(readBindToken(signBindToken(claims, signer), new Signer(Buffer.alloc(32, 1)))).toEqual(claims);
});

test('readBindToken() reads back an address without a port', () => {
  const address = { scheme: 'https', host: '*.app.localhost', port: null, binding: 'public' } as const;
  expect(readBindToken(signBindToken({ ...claims, address }, signer), signer)?.address).toEqual(address);
});

test('readBindToken() refuses a token signed with another key', () => {
  expect(readBindToken(signBindToken(claims, new Signer(Buffer.alloc(32, 2))), signer)).toBeUndefined();
});

test('readBindToken() refuses a token of which any character was changed', () => {
  const token = signBindToken(claims, signer);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'B', 'z', '9', '.', '-'), (at, letter) => {
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      // The last letter of base64 has bits that mean nothing.
      const isSame = Buffer.from(changed.split('.')[1] ?? '', 'base64url').equals(
        Buffer.from(token.split('.')[1] ?? '', 'base64url'),
      );
      expect(changed === token || isSame ? claims : readBindToken(changed, signer)).toEqual(
        changed === token || isSame ? claims : undefined,
      );
    }),
  );
});

test('readBindToken() refuses any text without throwing', () => {
  fc.assert(fc.property(fc.string({ maxLength: 5000 }), (text) => readBindToken(text, signer) === undefined));
});

test.each<[what: string, body: unknown]>([
  ['an object', {}],
  ['too few items', ['ep_x']],
  ['an id of another kind', [newId('account', 1), claims.accountId, 'https', 'a', null, 'public', 'd', 1]],
  ['another scheme', [claims.endpointId, claims.accountId, 'ssh', 'a', null, 'public', 'd', 1]],
  ['another binding', [claims.endpointId, claims.accountId, 'https', 'a', null, 'kubernetes', 'd', 1]],
  ['a host that is no text', [claims.endpointId, claims.accountId, 'https', 1, null, 'public', 'd', 1]],
  ['a port that is none', [claims.endpointId, claims.accountId, 'tcp', 'a', '1', 'public', 'd', 1]],
])('readBindToken() refuses a signed token with %s', (_what, body) => {
  const text = JSON.stringify(body);
  const token = `${Buffer.from(text).toString('base64url')}.${signer.sign('bind-token', [text])}`;
  expect(readBindToken(token, signer)).toBeUndefined();
});
