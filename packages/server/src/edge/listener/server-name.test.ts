import { expect, test } from 'vitest';
import { parseServerName } from './server-name.ts';

test.each<[string, string | null | undefined]>([
  ['a.localhost', 'a.localhost'],
  ['A.LocalHost', 'a.localhost'],
  ['a.localhost.', 'a.localhost'],
  ['my_app.localhost', 'my_app.localhost'],
  ['xn--mller-kva.example', 'xn--mller-kva.example'],
  [`${'a'.repeat(63)}.localhost`, `${'a'.repeat(63)}.localhost`],
  ['127.0.0.1', null],
  ['::1', null],
  ['fe80::1%eth0', null],
  ['127.1', null],
  ['2130706433', null],
  ['', undefined],
  ['.', undefined],
  ['.localhost', undefined],
  ['a..localhost', undefined],
  ['a.localhost..', undefined],
  ['-a.localhost', undefined],
  ['a-.localhost', undefined],
  [`${'a'.repeat(64)}.localhost`, undefined],
  [`${'a.'.repeat(127)}aa`, undefined],
  ['*.localhost', undefined],
  ['a b.localhost', undefined],
  ['müller.example', undefined],
  ['a.localhost:443', undefined],
  ['[::1]', undefined],
])('parseServerName("%s") is %j', (text, expected) => {
  expect(parseServerName(text)).toBe(expected);
});
