import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { testIo } from '../command-io.testkit.ts';
import { parseApiUrl, resolveApiSettings } from './api-settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'adit-settings-'));
afterAll(() => rmSync(directory, { recursive: true }));
const write = (name: string, text: string) => {
  const file = join(directory, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
const config = write('adit.yml', 'version: 3\nagent: {api_key: c, api_url: "https://c", connect_cas: c.pem}\n');
const empty = write('empty.yml', 'version: 3\nagent: {}\n');
const key = write('key', 'o\n');

const environment = { ADIT_API_KEY: 'e', ADIT_API_URL: 'https://e', ADIT_API_CAS: 'e.pem' };
const options = { 'api-key-file': key, 'api-url': 'https://o', 'api-cas': 'host' };

it.each<[string, Record<string, string>, Record<string, string>, object]>([
  ['the file', {}, {}, { apiKey: 'c', url: new URL('https://c'), caFile: join(directory, 'c.pem') }],
  ['the environment', {}, environment, { apiKey: 'e', url: new URL('https://e'), caFile: 'e.pem' }],
  ['options', options, environment, { apiKey: 'o', url: new URL('https://o'), caFile: undefined }],
  ["the agent's trust", {}, { ADIT_CONNECT_CAS: 'a.pem' }, { caFile: 'a.pem' }],
])('resolveApiSettings() takes %s over what comes before', async (_, given, env, expected) => {
  const parsed = { arguments: [], options: { config, ...given } };
  expect(await resolveApiSettings(parsed, testIo({ env }))).toMatchObject(expected);
});

it.each<[string, Record<string, string>, Record<string, string>, number]>([
  ['no address', {}, { ADIT_API_KEY: 'k' }, 9511],
  ['no key', {}, { ADIT_API_URL: 'https://a' }, 9510],
  ['a key as an option', { 'api-key': 'hunter2' }, environment, 9500],
  ['a key that would end the header', {}, { ...environment, ADIT_API_KEY: 'a\r\nx: y' }, 9201],
  ['a file of the key that is not there', { 'api-key-file': '/nowhere/key' }, environment, 9202],
  ['an empty file of the key', { 'api-key-file': write('none', '\n') }, environment, 9500],
])('resolveApiSettings() refuses %s, and repeats no key', async (_, given, env, code) => {
  const refused = resolveApiSettings({ arguments: [], options: { config: empty, ...given } }, testIo({ env }));
  await expect(refused).rejects.toMatchObject({ code, message: expect.not.stringMatching(/hunter2|x: y/) });
});

it.each([
  'https://a',
  'https://a:8443/',
  'http://localhost:1',
  'http://api.localhost',
  'http://127.0.0.1',
  'http://[::1]:8',
])('parseApiUrl() takes %j', (text) => expect(parseApiUrl(text).href).toBe(new URL(text).href));

it.each([
  '',
  'a',
  'a:443',
  'ftp://a',
  'http://a',
  'http://localhost.a',
  'http://1.2.3.4',
  'https://u:p@a',
  'https://a?b',
  'https://a#b',
])('parseApiUrl() refuses %j', (text) =>
  expect(() => parseApiUrl(text)).toThrow(expect.objectContaining({ code: 9201 })),
);

it('parseApiUrl() throws errors of ours only, and lets the key go in clear to this machine only', () => {
  const part = fc.constantFrom(
    'http',
    'https',
    '://',
    ':',
    '/',
    '@',
    '.',
    'localhost',
    '127.0.0.1',
    '[::1]',
    'a',
    '#',
    '?',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part).map((parts) => parts.join('')),
        fc.webUrl(),
        fc.string(),
      ),
      (text) => {
        try {
          const { protocol, hostname, username } = parseApiUrl(text);
          expect(username).toBe('');
          if (protocol !== 'https:') expect(hostname).toMatch(/(^|\.)localhost$|^127\.|^\[::1\]$/);
        } catch (error) {
          if (!(error instanceof AditError)) throw error;
        }
      },
    ),
  );
});
