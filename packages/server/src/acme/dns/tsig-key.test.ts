import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTsigKey, tsigDigests } from './tsig-key.ts';

const secret = 'IUTm1n8W4zEa5LhGObgsgaKRpQd7X1chwckgbXZinNY=';
const key = { name: 'adit', algorithm: 'hmac-sha256', secret: Buffer.from(secret, 'base64') };

describe('a key is read', () => {
  it.each([
    ['as tsig-keygen prints it', `key "adit" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`],
    [
      'as keymgr -t prints it',
      `# hmac-sha256:adit:${secret}\nkey:\n  - id: adit\n    algorithm: hmac-sha256\n    secret: ${secret}\n`,
    ],
    ['with the other order', `key adit { secret ${secret}; algorithm "HMAC-SHA256."; };`],
    [
      'with comments',
      `// of BIND\n/* two\nlines */ key "Adit." { # here\n algorithm hmac-sha256; secret "${secret}"; };`,
    ],
  ])('%s', (_title, text) => {
    expect(parseTsigKey(text, 'k')).toEqual(key);
  });

  it('whatever its secret is: slashes in it are no comment', () => {
    const secrets = fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
    const algorithms = fc.constantFrom(...(Object.keys(tsigDigests) as (keyof typeof tsigDigests)[]));
    const names = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{1,9})?$/);
    fc.assert(
      fc.property(names, algorithms, secrets, fc.boolean(), (name, algorithm, bytes, isKnot) => {
        const words = bytes.toString('base64');
        const bind = `key "${name}" {\n\talgorithm ${algorithm};\n\tsecret "${words}";\n};\n`;
        // Knot's own quotes what YAML would take for a number.
        const knot = `key:\n  - id: "${name}"\n    algorithm: ${algorithm}\n    secret: "${words}"\n`;
        expect(parseTsigKey(isKnot ? knot : bind, 'k')).toEqual({ name, algorithm, secret: bytes });
      }),
    );
    expect(parseTsigKey(`key "a" { algorithm hmac-sha256; secret "${'//'.repeat(16)}"; };`, 'k').secret).toHaveLength(
      24,
    );
  });
});

describe('what is no key is refused without quoting it', () => {
  it.each([
    ['nothing', '', 'it must hold one key'],
    ['two keys', `key a { algorithm hmac-sha256; secret "${secret}"; }; key b { };`, 'it must hold one key'],
    [
      'two keys of Knot',
      `key:\n  - {id: a, algorithm: b, secret: ${secret}}\n  - {id: a, algorithm: b, secret: c}`,
      'one entry',
    ],
    ['broken YAML', `key:\n  - {id: "a", secret: "${secret}`, 'one entry'],
    ['a secret alone', secret, 'it must hold one key'],
    [
      'a weak algorithm',
      `key a { algorithm hmac-md5; secret "${secret}"; };`,
      'the algorithm must be one of hmac-sha256',
    ],
    ['no algorithm', `key a { secret "${secret}"; };`, 'the algorithm must be one of'],
    ['no secret', 'key a { algorithm hmac-sha256; };', 'the secret must have at least 16 bytes'],
    ['a short secret', 'key a { algorithm hmac-sha256; secret "c2VjcmV0"; };', 'at least 16 bytes'],
    ['a secret that is not Base64', 'key a { algorithm hmac-sha256; secret "not base64!"; };', 'one "secret …;"'],
    ['a secret cut off', `key a { algorithm hmac-sha256; secret "${secret.slice(0, -2)}"; };`, 'must be Base64'],
    ['a word too many', `key a { algorithm hmac-sha256; secret "${secret}"; port 53; };`, 'nothing else'],
    ['a name that is none', `key "a..b" { algorithm hmac-sha256; secret "${secret}"; };`, 'like a host name'],
  ])('%s', (_title, text, reason) => {
    const read = () => parseTsigKey(text, '/etc/adit/dns.key');
    expect(read).toThrow(expect.objectContaining({ code: 9201, message: expect.stringContaining(reason) as unknown }));
    expect(read).toThrow(/^Cannot use the DNS key "\/etc\/adit\/dns.key": (?!.*IUTm1n8)/);
  });

  it('anything at all', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(codeOf(() => parseTsigKey(text, 'k'))).toBe(9201);
      }),
    );
  });
});

function codeOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
