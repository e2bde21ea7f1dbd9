import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DnsFormatError } from './dns-format-error.ts';
import { encodeMessage } from './dns-message.ts';
import { emptyAnswer, signedAnswer } from './dns-server.testkit.ts';
import { signMessage, verifyAnswer } from './tsig.ts';
import { type TsigKey, tsigDigests } from './tsig-key.ts';

const key: TsigKey = { name: 'adit', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7) };
const timeMs = Date.UTC(2026, 0, 1);
const timeSeconds = timeMs / 1000;
const bare = encodeMessage({ id: 7, flags: 0, questions: [], answers: [], authorities: [], additionals: [] });
const { signed: question, mac: questionMac } = signMessage(bare, key, { timeMs });
const verify = (answer: Buffer) => verifyAnswer(answer, key, { questionMac, timeMs });
const answer = (changes: Partial<Parameters<typeof signedAnswer>[1]> = {}) =>
  signedAnswer(emptyAnswer(question), { key, question, timeSeconds, ...changes });

it.each(Object.keys(tsigDigests) as (keyof typeof tsigDigests)[])(
  'signMessage() adds one record, with %s',
  (algorithm) => {
    const { signed, mac } = signMessage(bare, { ...key, algorithm }, { timeMs });
    expect(signed.readUInt16BE(10)).toBe(1);
    expect(mac).toHaveLength({ 'hmac-sha256': 32, 'hmac-sha384': 48, 'hmac-sha512': 64 }[algorithm]);
    expect(signed.subarray(-6 - mac.length, -6)).toEqual(mac);
  },
);

describe('verifyAnswer()', () => {
  it('takes the answer of who has the key', () => {
    expect(verify(answer())).toMatchObject({ verified: true, tsig: { error: 0, timeSeconds } });
  });

  it.each<[string, Buffer]>([
    ['without a signature', emptyAnswer(question)],
    ['signed with another secret', answer({ key: { name: 'adit', secret: Buffer.alloc(32, 8) } })],
    ['signed with another key', answer({ key: { name: 'other', secret: key.secret } })],
    ['to another question', answer({ question: signMessage(bare, key, { timeMs: timeMs + 1_000 }).signed })],
    ['with no MAC', answer({ mac: Buffer.alloc(0) })],
    ['of more than five minutes ago', answer({ timeSeconds: timeSeconds - 301 })],
    ['of more than five minutes ahead', answer({ timeSeconds: timeSeconds + 301 })],
  ])('takes no answer %s', (_title, given) => {
    expect(verify(given).verified).toBe(false);
  });

  it('takes a MAC in full only', () => {
    const { tsig } = verify(answer());
    expect(verify(answer({ mac: tsig?.mac.subarray(0, 16) ?? Buffer.alloc(0) })).verified).toBe(false);
  });

  it('takes nothing of which a bit was changed', () => {
    const original = answer();
    // The two bytes of the id stand in the signature as well, and that of the name may be upper case.
    fc.assert(
      fc.property(fc.integer({ min: 2, max: original.length - 1 }), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(original);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        fc.pre(!isSameName(changed, original));
        expect(isVerified(changed)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses a signature that is not the last record', () => {
    const signed = answer();
    const record = signed.subarray(12);
    const twice = Buffer.concat([signed, record]);
    twice.writeUInt16BE(2, 10);
    expect(() => verify(twice)).toThrow(DnsFormatError);
  });
});

function isVerified(given: Buffer): boolean {
  try {
    return verify(given).verified;
  } catch (error) {
    expect(error).toBeInstanceOf(DnsFormatError);
    return false;
  }
}

function isSameName(a: Buffer, b: Buffer): boolean {
  return a.toString('latin1').toLowerCase() === b.toString('latin1').toLowerCase();
}
