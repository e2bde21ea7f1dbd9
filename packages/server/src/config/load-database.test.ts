import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadDatabaseAddress } from './load-database.ts';

async function fileWith(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'adit-database-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'url');
  await writeFile(file, text);
  return file;
}

const url = 'postgresql://adit:pw@localhost/from-env';
const address = { host: 'localhost', port: 5432, user: 'adit', password: 'pw', ssl: false };

it('loadDatabaseAddress() takes the file, then the environment, then none', async () => {
  const file = await fileWith('postgresql://adit:pw@localhost/from-file\n');
  const env = { ADIT_DATABASE_URL: url };
  expect(await loadDatabaseAddress({ 'database-url-file': file }, env)).toEqual({ ...address, database: 'from-file' });
  expect(await loadDatabaseAddress({}, env)).toEqual({ ...address, database: 'from-env' });
  expect(await loadDatabaseAddress({}, {})).toBeNull();
  expect(await loadDatabaseAddress({}, { ADIT_DATABASE_URL: '' })).toBeNull();
});

it('loadDatabaseAddress() has a remote database show a certificate for its host, from the CA of the URL', async () => {
  const remote = 'postgresql://adit:pw@db.example/adit';
  const load = async (text: string) => (await loadDatabaseAddress({}, { ADIT_DATABASE_URL: text }))?.ssl;
  expect(await load(remote)).toEqual({ host: 'db.example' });
  const ca = await fileWith('the CA');
  expect(await load(`${remote}?sslrootcert=${ca}`)).toEqual({ host: 'db.example', ca: 'the CA' });
});

it('[invariant: no-secret-leaves] loadDatabaseAddress() tells where a bad URL is, and not what it is', async () => {
  const bad = 'postgresql://adit:hunter2@localhost/adit?sslmode=prefer';
  const file = await fileWith(bad);
  await expect(loadDatabaseAddress({ 'database-url-file': file }, {})).rejects.toMatchObject({
    code: 9201,
    message: expect.stringMatching(`^Cannot use the database URL in "${file}": sslmode must`) as unknown,
  });
  const error = await loadDatabaseAddress({}, { ADIT_DATABASE_URL: bad }).catch((thrown: Error) => thrown);
  expect((error as Error).message).toMatch(/^Cannot use the database URL in ADIT_DATABASE_URL: /);
  expect((error as Error).stack).not.toContain('hunter2');
});

it.each([
  [{ 'database-url-file': '/nowhere/url' }, {}],
  [{}, { ADIT_DATABASE_URL: 'postgresql://a@db.example/adit?sslrootcert=/nowhere/url' }],
])('loadDatabaseAddress(%j, %j) names the file that is not there', async (options, env) => {
  await expect(loadDatabaseAddress(options, env)).rejects.toMatchObject({
    code: 9202,
    message: expect.stringContaining('"/nowhere/url": no such file') as unknown,
  });
});
