import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactHeader, redactLines, redactUrl } from './redact.ts';
import { restoreLines, restoreTarget } from './restore-redacted.ts';

const long = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6';

it.each([
  ['Authorization', 'Bearer abc', 'Bearer [redacted]'],
  ['authorization', 'Basic dXNlcjpwdw==', 'Basic [redacted]'],
  ['AUTHORIZATION', 'abc', '[redacted]'],
  ['Authorization', 'Digest username="u", response="r"', 'Digest [redacted]'],
  ['Proxy-Authorization', 'Basic abc', 'Basic [redacted]'],
  ['Cookie', 'a=1; session=abc==', 'a=[redacted]; session=[redacted]'],
  ['Cookie', 'bare', '[redacted]'],
  ['Set-Cookie', 'id=abc; Path=/; HttpOnly; Max-Age=5', 'id=[redacted]; Path=/; HttpOnly; Max-Age=5'],
  ['X-Api-Key', 'abc', '[redacted]'],
  ['X-Auth-Token', 'abc', '[redacted]'],
  ['X-Amz-Security-Token', 'abc', '[redacted]'],
  ['X-Anything', 'ghp_abcdef', '[redacted]'],
  ['Location', '/cb#access_token=abc&x=1', '/cb#access_token=[redacted]&x=1'],
  ['Referer', 'https://a/?code=abc', 'https://a/?code=[redacted]'],
  ['Refresh', '5; url=/x?token=abc', '5; url=/x?token=[redacted]'],
  ['Content-Type', 'text/plain', 'text/plain'],
  ['X-Hub-Signature-256', 'sha256=abc', 'sha256=abc'],
  ['X-Author', 'me', 'me'],
  ['X-Api-Key', '', ''],
])('redactHeader(%s: %s) is %s', (name, value, expected) => {
  expect(redactHeader(name, value)).toBe(expected);
});

it.each([
  ['/a?token=x&b=1', '/a?token=[redacted]&b=1'],
  ['/a?b=1&ACCESS_TOKEN=x', '/a?b=1&ACCESS_TOKEN=[redacted]'],
  ['/a?%74oken=x', '/a?%74oken=[redacted]'],
  ['/a?user[password]=x', '/a?user[password]=[redacted]'],
  ['/a?token=a=b==', '/a?token=[redacted]'],
  ['/a?token=a;b', '/a?token=[redacted]'],
  ['/a?token=a?b', '/a?token=[redacted]'],
  ['/a?x=1;token=b', '/a?x=1;token=[redacted]'],
  [`/a?x=${long}`, '/a?x=[redacted]'],
  ['/a?x=eyJhbGciOiJ.eyJzdWIi.x', '/a?x=[redacted]'],
  ['/a?next=%2Fcb%3Ftoken%3Dabc', '/a?next=[redacted]'],
  ['/a?id=123e4567-e89b-12d3-a456-426614174000', '/a?id=123e4567-e89b-12d3-a456-426614174000'],
  ['/a?page=2&q=%zz', '/a?page=2&q=%zz'],
  ['/a?token=', '/a?token='],
  ['/token=a', '/token=a'],
])('redactUrl(%s) is %s', (url, expected) => {
  expect(redactUrl(url)).toBe(expected);
});

// One that took quadratic time would run into the time-out.
it.each(['?', '?a=', ';', '?a=b;', '?token=;', 'eyJ', '%25', 'a1', '?a=%3Fa='])(
  '64 KiB of %s are no trouble',
  (part) => {
    const text = part.repeat(65_536 / part.length);
    expect(redactUrl(`/${text}`).length).toBeLessThanOrEqual(text.length + 1);
    expect(redactHeader('cookie', text)).toContain('[redacted]');
    expect(redactHeader('x', text)).toBeTypeOf('string');
  },
);

describe('what was shown redacted and edited is restored', () => {
  const original = ['Authorization', 'Bearer abc', 'Cookie', 'a=1', 'X-A', 'b'];

  it('where the secrets were left alone', () => {
    const edited = [...redactLines(original).slice(0, 4), 'X-A', 'new'];
    expect(restoreLines(edited, original)).toEqual([...original.slice(0, 4), 'X-A', 'new']);
  });

  it('but never elsewhere', () => {
    expect(restoreLines(['X-A', 'Bearer [redacted]'], original)).toBeNull();
    expect(restoreLines(['Authorization', 'Basic [redacted]'], original)).toBeNull();
    expect(restoreTarget('/a?other=[redacted]', '/a?token=x')).toBeNull();
  });

  it.each([
    ['/b?token=[redacted]&x=2', '/a?token=abc&x=1', '/b?token=abc&x=2'],
    ['/b?token=[redacted]&token=[redacted]', '/a?token=1&token=2', '/b?token=1&token=2'],
    ['/b?token=new', '/a?token=abc', '/b?token=new'],
  ])('restoreTarget(%s, %s) is %s', (edited, target, expected) => {
    expect(restoreTarget(edited, target)).toBe(expected);
  });

  it('for any target that was not edited', () => {
    const part = fc.constantFrom('?', '&', ';', '=', '#', 'token', 'a', '1', '%3D', '[redacted]', long, '/');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const target = `/${parts.join('')}`;
        expect(restoreTarget(redactUrl(target), target)).toBe(target);
      }),
    );
  });
});
