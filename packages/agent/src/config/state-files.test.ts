import { expect, test } from 'vitest';
import { sessionStateFile } from './state-files.ts';

test.each<[platform: NodeJS.Platform, env: Record<string, string>, folder: string]>([
  ['linux', { HOME: '/home/ann' }, '/home/ann/.local/state/adit/sessions/'],
  ['linux', { HOME: '/home/ann', XDG_STATE_HOME: '/state' }, '/state/adit/sessions/'],
  ['linux', { HOME: '/home/ann', XDG_STATE_HOME: 'state' }, '/home/ann/.local/state/adit/sessions/'],
  ['darwin', { HOME: '/Users/ann' }, '/Users/ann/Library/Application Support/adit/sessions/'],
])('sessionStateFile() on %s with %j is below %s', (platform, env, folder) => {
  const file = sessionStateFile(['a'], env, platform);
  expect(file.startsWith(folder)).toBe(true);
  expect(file.slice(folder.length)).toMatch(/^[0-9a-f]{16}\.json$/);
});

test('sessionStateFile() is one file for the same agent, another for each other', () => {
  const file = (identity: unknown) => sessionStateFile(identity, { HOME: '/h' });
  expect(file(['a:443', { url: 'x' }])).toBe(file(['a:443', { url: 'x' }]));
  expect(file(['a:443', { url: 'x' }])).not.toBe(file(['b:443', { url: 'x' }]));
});
