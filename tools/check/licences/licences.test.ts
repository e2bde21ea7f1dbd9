import { expect, it } from 'vitest';
import { type LockedPackage, refusedLicences } from './licences.ts';

const rows: readonly [string, LockedPackage, 'accepted' | 'refused'][] = [
  ['a permissive licence', { license: 'MIT' }, 'accepted'],
  ['one permissive licence to choose', { license: '(GPL-3.0-only OR MIT)' }, 'accepted'],
  ['two licences at once, one of them not permissive', { license: 'MIT AND GPL-3.0-only' }, 'refused'],
  ['a choice inside a pair', { license: '(MIT OR ISC) AND GPL-3.0-only' }, 'refused'],
  ['a licence with an exception', { license: 'Apache-2.0 WITH LLVM-exception' }, 'refused'],
  ['MPL-2.0 in what ships', { license: 'MPL-2.0' }, 'refused'],
  ['MPL-2.0 in a tool', { license: 'MPL-2.0', dev: true }, 'accepted'],
  ['GPL in a tool', { license: 'GPL-3.0-or-later', dev: true }, 'refused'],
  ['no licence', {}, 'refused'],
  ['a link to our own workspace', { link: true }, 'accepted'],
];

it.each(rows)('%s: refusedLicences() says so', (_title, entry, verdict) => {
  expect(refusedLicences({ 'node_modules/x': entry })).toHaveLength(verdict === 'refused' ? 1 : 0);
});

it('refusedLicences() names the package and its licence', () => {
  expect(refusedLicences({ 'node_modules/x': { license: 'SSPL-1.0' } })).toEqual(['node_modules/x: SSPL-1.0']);
});

it('refusedLicences() takes what was read by hand for that version alone', () => {
  const path = 'node_modules/read-tls-client-hello';
  expect(refusedLicences({ [path]: { version: '2.0.0' } })).toEqual([]);
  expect(refusedLicences({ [path]: { version: '2.0.1' } })).toHaveLength(1);
  expect(refusedLicences({ [path]: { version: '2.0.0', license: 'GPL-3.0-only' } })).toHaveLength(1);
});
