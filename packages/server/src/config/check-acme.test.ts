import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadAcme } from './load-acme.ts';
import { loadServerOptions, type RawOptions } from './load-options.ts';

const email = { 'acme-email': 'ops@example.com' };
const on = { ...email, domain: 'example.com' };

test.each<[RawOptions, string]>([
  [email, 'with the domain "localhost": it is on this machine only'],
  [{ ...email, domain: 'a.localhost' }, 'it is on this machine only'],
  [{ ...email, domain: '192.0.2.1' }, 'it is an address'],
  [{ ...email, domain: 'intranet' }, 'it has one label'],
  [{ ...on, 'tls-cert': 'a', 'tls-key': 'b' }, 'together with tls-cert'],
  [{ 'acme-directory': 'https://ca.example/dir' }, 'acme-directory without acme-email'],
  [{ 'acme-ca-file': 'a' }, 'acme-ca-file without acme-email'],
  [{ ...on, 'acme-directory': 'http://ca.example/dir' }, 'must be a URL that begins with https://'],
  [{ ...on, 'acme-email': 'ops' }, 'must be an e-mail address'],
])('%j is refused: %s', async (flags, reason) => {
  const refused = expect.objectContaining({
    code: 9201,
    message: expect.stringContaining(reason) as unknown,
  }) as unknown;
  await expect(loadServerOptions(flags)).rejects.toEqual(refused);
});

function file(content: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'adit-acme-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'file'), content);
  return join(dir, 'file');
}
const load = async (flags: RawOptions) => loadAcme(await loadServerOptions(flags));

test("without an address nothing is got; with one, Let's Encrypt is asked, else the directories that are given, in order", async () => {
  expect(await load({ domain: 'example.com' })).toBeUndefined();
  const usual = { email: 'ops@example.com', externalAccount: undefined, roots: undefined };
  const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory';
  expect(await load(on)).toEqual({ ...usual, directoryUrls: [letsEncrypt] });
  const given = ['https://b.example/dir', 'https://a.example/dir'];
  expect(await load({ ...on, 'acme-directory': given })).toEqual({ ...usual, directoryUrls: given });
});

test('the account at the authority is read from its file, and what is wrong there is told without the key', async () => {
  const eab = (content: string) => load({ ...on, 'acme-eab-file': file(content) });
  expect((await eab('kid: k1\nhmac-key: abcdefghijklmnop_-\n'))?.externalAccount).toEqual({
    ...{ kid: 'k1', hmacKey: 'abcdefghijklmnop_-' },
  });
  for (const wrong of [
    '',
    'kid: k1',
    'kid: k1\nhmac-key: "SECRET SECRET SECRET"',
    'hmac-key: [SECRETSECRETSECRET',
    '- SECRETSECRET',
  ]) {
    const error = await eab(wrong).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 9201 });
    expect(String(error)).not.toContain('SECRET');
  }
  await expect(load({ ...on, 'acme-eab-file': '/nowhere' })).rejects.toMatchObject({ code: 9202 });
  await expect(load({ ...on, 'acme-ca-file': file('none') })).rejects.toMatchObject({ code: 9201 });
});
