import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SealContext } from '../domain/sealer.ts';
import { neededKeyIds, sealedKeyId } from './sealed-form.ts';
import { SecretsKey } from './secrets-key.ts';

const key = SecretsKey.random();
const plain = Buffer.from('JBSWY3DPEHPK3PXP');
const context: SealContext = ['totp-seed', 'ac_1', 'usr_1'];
const contexts = fc
  .tuple(fc.string(), fc.array(fc.string(), { maxLength: 3 }))
  .map(([first, rest]): SealContext => [first, ...rest]);

test('open() answers what was sealed, whatever it is', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 200 }), contexts, (bytes, any) => {
    expect(Buffer.from(key.open(key.seal(bytes, any), any))).toEqual(Buffer.from(bytes));
  });
  fc.assert(property);
});

test('[invariant: no-secret-leaves] seal() hides the secret, and never gives the same value twice', () => {
  const [one, other] = [key.seal(plain, context), key.seal(plain, context)];
  expect(Buffer.from(one).includes(plain)).toBe(false);
  expect(one).not.toEqual(other);
});

test('open() refuses a value of which any one bit is flipped', () => {
  const sealed = key.seal(plain, context);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Uint8Array.from(sealed);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => key.open(flipped, context), `bit ${bit}`).toThrow(expect.objectContaining({ code: 9241 }));
  }
});

test('open() refuses a value that is cut anywhere, or longer', () => {
  const sealed = key.seal(plain, context);
  for (let length = 0; length < sealed.length; length++) {
    expect(() => key.open(sealed.subarray(0, length), context), `${length}`).toThrow(
      expect.objectContaining({ code: 9241 }),
    );
  }
  expect(() => key.open(Buffer.concat([sealed, Buffer.alloc(1)]), context)).toThrow();
});

test('open() refuses any other context than the one it was sealed with', () => {
  const property = fc.property(contexts, contexts, (one, other) => {
    fc.pre(JSON.stringify(one) !== JSON.stringify(other));
    expect(() => key.open(key.seal(plain, one), other)).toThrow(expect.objectContaining({ code: 9241 }));
  });
  fc.assert(property);
});

test.each<[string, SealContext, SealContext]>([
  ['split elsewhere', ['a', 'bc'], ['ab', 'c']],
  ['joined', ['a', 'b'], ['a,b']],
  ['with quotes', ['a', 'b'], ['a","b']],
  ['longer by an empty part', ['a'], ['a', '']],
  ['of another account', ['totp-seed', 'ac_1', 'usr_1'], ['totp-seed', 'ac_2', 'usr_1']],
])('open() refuses a context that is %s', (_, one, other) => {
  expect(() => key.open(key.seal(plain, one), other)).toThrow(expect.objectContaining({ code: 9241 }));
});

test('another key, a damaged value and another context give one and the same answer', () => {
  const messages = [
    () => SecretsKey.random().open(key.seal(plain, context), context),
    () =>
      key.open(
        key
          .seal(plain, context)
          .map((byte) => byte ^ 1)
          .with(0, 1),
        context,
      ),
    () => key.open(Buffer.concat([key.seal(plain, context), plain]), context),
    () => key.open(key.seal(plain, context), ['other']),
    () => key.open(new Uint8Array(), context),
  ].map((open) => {
    try {
      return String(open());
    } catch (error) {
      return String(error);
    }
  });
  expect(new Set(messages)).toEqual(new Set(['AditError: A stored secret cannot be opened']));
});

test('the sealed form is what the comment in the source says', () => {
  const sealed = Buffer.from(key.seal(plain, context));
  const decipher = createDecipheriv('aes-256-gcm', key.bytes(), sealed.subarray(9, 21), { authTagLength: 16 });
  decipher.setAAD(
    Buffer.concat([Buffer.from([1]), Buffer.from(key.id, 'hex'), Buffer.from('["totp-seed","ac_1","usr_1"]')]),
  );
  decipher.setAuthTag(sealed.subarray(-16));
  expect(Buffer.concat([decipher.update(sealed.subarray(21, -16)), decipher.final()])).toEqual(plain);
});

describe('neededKeyIds()', () => {
  test('names each key that sealed one of the values once, from their beginnings too', () => {
    const other = SecretsKey.random();
    const sealed = [key, other, key].map((one) => one.seal(plain, context));
    expect(neededKeyIds(sealed)).toEqual(new Set([key.id, other.id]));
    expect(neededKeyIds(sealed.map((value) => value.subarray(0, 9)))).toEqual(new Set([key.id, other.id]));
  });

  test.each([[[]], [[1, 2, 3]], [[2, ...Array<number>(40).fill(0)]]])('refuses %j, which nobody sealed', (bytes) => {
    expect(() => sealedKeyId(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 9241 }));
  });
});
