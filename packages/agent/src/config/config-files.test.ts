import { expect, test } from 'vitest';
import { configFileToChange, defaultConfigFile, namedConfigFiles } from './config-files.ts';
import { parseDuration } from './duration.ts';

test.each([
  [{ XDG_CONFIG_HOME: '/x', HOME: '/home/u' }, 'linux', '/x/adit/adit.yml'],
  [{ XDG_CONFIG_HOME: 'relative', HOME: '/home/u' }, 'linux', '/home/u/.config/adit/adit.yml'],
  [{ XDG_CONFIG_HOME: '', HOME: '/home/u' }, 'linux', '/home/u/.config/adit/adit.yml'],
  [{ HOME: '/Users/u' }, 'darwin', '/Users/u/Library/Application Support/adit/adit.yml'],
  [{ LOCALAPPDATA: '/local' }, 'win32', '/local/adit/adit.yml'],
] as const)('defaultConfigFile() in %j on %s is %s', (env, platform, expected) => {
  expect(defaultConfigFile(env, platform)).toBe(expected);
});

test.each([
  [{}, {}, []],
  [{ config: ['a', 'b,c'] }, {}, ['a', 'b', 'c']],
  [{}, { ADIT_CONFIG: 'a,b' }, ['a', 'b']],
  [{ config: 'a' }, { ADIT_CONFIG: 'b' }, ['a']],
])('namedConfigFiles() of %j in %j is %j', (options, env, expected) => {
  expect(namedConfigFiles(options, env)).toEqual(expected);
});

test('configFileToChange() is the first that was named, else the default one', () => {
  expect(configFileToChange({ config: ['a', 'b'] }, {})).toBe('a');
  expect(configFileToChange({}, { XDG_CONFIG_HOME: '/x' })).toBe(defaultConfigFile({ XDG_CONFIG_HOME: '/x' }));
});

test.each([
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['250ms', 250],
  ['1.5h', 5_400_000],
  ['10', undefined],
  ['', undefined],
  ['10 s', undefined],
  ['-1s', undefined],
])('parseDuration(%j) is %j', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
