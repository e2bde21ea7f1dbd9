import { createHash, generateKeyPairSync } from 'node:crypto';
import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thrownCode } from '../../domain/thrown-code.testkit.ts';
import { parseSshPublicKey } from './ssh-public-key.ts';

/** Made with ssh-keygen, which also said the fingerprints. */
const made = {
  ed25519: {
    key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPi/0EOsc5hvXg4OsXjouHoidZRThl6IA3r7BsVkM109',
    fingerprint: 'SHA256:0Fn3pWpYcTVsOzC5JKvgh8U8rSXxA61X75mPM9oZJ0Q',
  },
  p256: {
    key: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMpptsP9P/KYWJqrolhCXV7i8NLKTgDsSfzNByikQejBR7xuwtciIiMA+InQr8kgId13dXa2JCRstq5ims8c+uE=',
    fingerprint: 'SHA256:FluZjpT/NfweynjBaky5TSu6Y0HOOLK78uC7Z+EYxjc',
  },
  p384: {
    key: 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBDqnIuNWrNL5qZNt0mzQsXXcGh4/FzFVPYEQRYJd3V3A/152Wah16/3BmXOtBFSgHv3DTcOtg/Nqu6R8oCguDXUPcVwKkawcJtJ/hKseZrTK2cNPwDQLEOGA3Qh9X5fsuQ==',
    fingerprint: 'SHA256:FPwlTCpNgHpwIa6feKDEOB99AkNWk+U7SUECbdK/aTk',
  },
  p521: {
    key: 'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGCmji2n+AVfHf8GmnaynEKLxhK7XGGhKpZxN7dadtIF6kdogsfC/StYmZUwy/w7eBdgBOxkFEucTn8S6CLXp97EAEVzhUHjYFTEm8I/WlqxH1nDn37bTzCXzxfYwP/mm18Z4qlcDzkoaXmJuBLVpAwm0Er3+viI/U0FEGN4NIH7sblrg==',
    fingerprint: 'SHA256:BpZCk2uixH8nH13BAET0iEUgoOrhRvkHMC84zoSsH+U',
  },
  rsa2048: {
    key: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDmPp5/oGQ1joCziD5WZQqcr0jjQpMXYdlqUkgsBVj6l171F0ZHWIYFjUx7ZG1sZD+WaZfNl/ruQmYzXuPcjnI5erigyzSijiScNtsb2zW9P/kpURU41uaRoX+QICJHaa2FZsEbpdqrL88uZjjkwiZ1r0DcYVtXuWKfwcK4zRB/rEY4xNVa56YvdLqWFuLwf1i+zYErJuJPYeH7MYsi2qSn2CBaXjZdLczDjzSk3OgL29qM8eumsp+KVu1GqdNSJ04m+XlwGylYFKBrm4IlJ7ajZtUJ3EtrL4qy/lSSV+3IObUrjpoHKi+ZrQpdHBwyjHkomftB1hnNKQC6u2pUiWdP',
    fingerprint: 'SHA256:/dFdjAE8223Pg+3CYQKb3+fBAIbQkDDIRPWDDsPe1h8',
  },
} as const;

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function lineOf(type: string, ...fields: (Buffer | string)[]): string {
  return `${type} ${Buffer.concat([type, ...fields].map(field)).toString('base64')}`;
}

const ed25519Bytes = Buffer.from(made.ed25519.key.slice(-43), 'base64').subarray(-32);
const p256Point = Buffer.from(made.p256.key.split(' ')[1] ?? '', 'base64').subarray(-65);
const rsaNumber = (bits: number) => Buffer.concat([Buffer.from([0]), Buffer.alloc(bits / 8, 0xff)]);
const rsaLine = (bits: number, exponent = Buffer.from([1, 0, 1])) => lineOf('ssh-rsa', exponent, rsaNumber(bits));

describe('parseSshPublicKey() reads', () => {
  test.each(Object.entries(made))('%s', (_name, { key, fingerprint }) => {
    const [type] = key.split(' ');
    expect(parseSshPublicKey(`${key} ann@laptop\n`)).toEqual({
      type,
      fingerprint,
      comment: 'ann@laptop',
      line: `${key} ann@laptop`,
    });
  });

  test.each<[type: string, fields: (Buffer | string)[]]>([
    ['sk-ssh-ed25519@openssh.com', [ed25519Bytes, 'ssh:']],
    ['sk-ecdsa-sha2-nistp256@openssh.com', ['nistp256', p256Point, 'ssh:work']],
  ])('a key in hardware, %s', (type, fields) => {
    const line = lineOf(type, ...fields);
    const sha256 = createHash('sha256')
      .update(Buffer.from(line.split(' ')[1] ?? '', 'base64'))
      .digest('base64');
    expect(parseSshPublicKey(line)).toEqual({ type, comment: '', line, fingerprint: `SHA256:${sha256.slice(0, 43)}` });
  });

  test('RSA of 2048 and 8192 bits', () => {
    expect([2048, 8192].map((bits) => parseSshPublicKey(rsaLine(bits)).type)).toEqual(['ssh-rsa', 'ssh-rsa']);
  });

  test('a comment of several words and a line that is not tidy, into one form', () => {
    const { key } = made.ed25519;
    const { comment, line } = parseSshPublicKey(`  ${key.replace(' ', '\t  ')}  Ann's  own key ü \r\n`);
    expect([comment, line]).toEqual(["Ann's own key ü", `${key} Ann's own key ü`]);
  });
});

describe('parseSshPublicKey() refuses', () => {
  const { key } = made.ed25519;
  const encoded = key.split(' ')[1] ?? '';
  test.each<[title: string, text: string, why: string]>([
    ['nothing', ' \n', 'it is empty'],
    ['a word', 'hello', 'its first word is none of ssh-ed25519, '],
    ['the key alone', encoded, 'its first word is none of ssh-ed25519, '],
    ['a comment', `# ${key}`, 'it has options; leave them out'],
    ['two lines', `${key}\n${key}`, 'it is more than one line of text'],
    ['a zero byte', `${key} a\0b`, 'it is more than one line of text'],
    ['options', `no-pty,command="ls -l" ${key}`, 'it has options; leave them out'],
    ['DSA', `ssh-dss ${encoded}`, '"ssh-dss" is none of ssh-ed25519, '],
    ['a certificate', `ssh-ed25519-cert-v01@openssh.com ${encoded}`, '"ssh-ed25519-cert-v01@openssh.com" is none of'],
    ['another type in front', `ssh-rsa ${encoded}`, 'the key in it is not of type "ssh-rsa"'],
    ['another case', key.replace('ssh', 'SSH'), 'its first word is none of'],
    ['no key', 'ssh-ed25519', 'its second word is not base64'],
    ['no base64', 'ssh-ed25519 *', 'its second word is not base64'],
    ['base64url', 'ssh-ed25519 AAAA_-==', 'its second word is not base64'],
    ['base64 without its end', made.p256.key.slice(0, -1), 'its second word is not base64'],
    ['base64 with stray bits', made.p256.key.replace('uE=', 'uF='), 'its second word is not base64'],
    ['a key cut short', lineOf('ssh-ed25519', ed25519Bytes.subarray(1)), 'it does not have 32 bytes'],
    ['a key without content', lineOf('ssh-ed25519'), 'it does not have 32 bytes'],
    ['more than the key', lineOf('ssh-ed25519', ed25519Bytes, 'x'), 'there is something after the key'],
    ['another curve inside', lineOf('ecdsa-sha2-nistp384', 'nistp256', p256Point), 'its curve is not that of its type'],
    [
      'a point off the curve',
      lineOf('ecdsa-sha2-nistp256', 'nistp256', off(p256Point)),
      'its point is not on its curve',
    ],
    ['a compressed point', lineOf('ecdsa-sha2-nistp256', 'nistp256', compressed(p256Point)), 'its point is not on its'],
    [
      'the point at infinity',
      lineOf('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(1)),
      'its point is not on its curve',
    ],
    ['RSA of 1024 bits', rsaLine(1024), 'it has 1024 bits; RSA keys need 2048 to 8192'],
    ['RSA of 8200 bits', rsaLine(8200), 'it has 8200 bits; RSA keys need 2048 to 8192'],
    ['RSA with exponent 1', rsaLine(2048, Buffer.from([1])), 'its exponent is not an odd number'],
    ['RSA with an even exponent', rsaLine(2048, Buffer.from([1, 0, 0])), 'its exponent is not an odd number'],
    ['RSA with a huge exponent', rsaLine(2048, Buffer.alloc(9, 1)), 'its exponent is not an odd number'],
    ['RSA with a negative number', rsaLine(2048, Buffer.from([0x80])), 'its numbers cannot be read'],
    ['RSA with leading zeros', rsaLine(2048, Buffer.from([0, 1, 0, 1])), 'its numbers cannot be read'],
    ['RSA without modulus', lineOf('ssh-rsa', Buffer.from([3])), 'its numbers cannot be read'],
    ['hardware without purpose', lineOf('sk-ssh-ed25519@openssh.com', ed25519Bytes), 'it does not say what it is for'],
    [
      'hardware, purpose empty',
      lineOf('sk-ssh-ed25519@openssh.com', ed25519Bytes, ''),
      'it does not say what it is for',
    ],
    ['a long text', `${key} ${'x'.repeat(4_096)}`, 'it is longer than 4096 characters'],
  ])('%s', (_title, text, why) => {
    const run = () => parseSshPublicKey(text);
    expect(thrownCode(run)).toBe(612);
    expect(run).toThrow(`Cannot use the SSH public key: ${why}`);
  });

  test('[invariant: no-secret-leaves] a private key, and repeats nothing of it', () => {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => parseSshPublicKey(pem)).toThrow(/: it is a private key, give the one in the "\.pub" file$/);
    const body = pem.split('\n')[1] ?? '';
    expect(() => parseSshPublicKey(body)).toThrow(/: its first word is none of [a-z0-9@., -]+$/);
  });
});

test('whatever comes is refused with 612, or reads the same again', () => {
  const bytes = fc.uint8Array({ maxLength: 80 }).map((content) => Buffer.from(content));
  const type = fc.constantFrom(
    'ssh-ed25519',
    'ssh-rsa',
    'ecdsa-sha2-nistp256',
    'sk-ssh-ed25519@openssh.com',
    'ssh-dss',
  );
  const content = fc.oneof(
    bytes,
    fc.constant(ed25519Bytes),
    fc.constant(p256Point),
    fc.constant(Buffer.from('nistp256')),
  );
  const line = fc.tuple(type, fc.array(content, { maxLength: 3 })).map(([one, fields]) => lineOf(one, ...fields));
  const raw = fc.tuple(type, bytes).map(([one, blob]) => `${one} ${blob.toString('base64')}`);
  const text = fc.oneof(fc.string({ unit: 'binary' }), line, raw);
  fc.assert(
    fc.property(text, (one) => {
      try {
        const key = parseSshPublicKey(one);
        expect(parseSshPublicKey(key.line)).toEqual(key);
      } catch (error) {
        if (!(error instanceof AditError) || error.code !== 612) throw error;
      }
    }),
    { numRuns: 3_000 },
  );
});

function off(point: Buffer): Buffer {
  const copy = Buffer.from(point);
  copy[64] = (copy[64] ?? 0) ^ 1;
  return copy;
}

function compressed(point: Buffer): Buffer {
  return Buffer.concat([Buffer.from([2]), point.subarray(1, 33)]);
}
