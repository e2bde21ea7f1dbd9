import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { openGeoDatabases } from './geo-databases.ts';
import { makeMmdb } from './make-mmdb.testkit.ts';

const german = makeMmdb({ '192.0.2.0/24': { country_code: 'DE' } });
const french = makeMmdb({ '192.0.2.0/24': { country_code: 'FR', city: 'Paris' } });
const systems = makeMmdb({ '192.0.2.0/25': { autonomous_system_number: 64_500, city: 'Oslo' } });

async function open(...databases: Buffer[]) {
  const dir = await temporaryDirectory();
  const files = databases.map((_, i) => join(dir, `${i}.mmdb`));
  await Promise.all(files.map((file, i) => writeFile(file, databases[i] ?? '')));
  const clock = fakeClock();
  const told: string[] = [];
  const tell = ({ err }: Readonly<Record<string, unknown>>, message: string) =>
    void told.push(err instanceof Error ? `${message}: ${err.message}` : message);
  const book = await openGeoDatabases({ files, clock, log: { info: tell, warn: tell } });
  onTestFinished(() => book.close());
  /** Lets every file be looked at once. */
  const look = async (): Promise<void> => {
    clock.advance(2_000);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(files.length), { timeout: 15_000, interval: 2 });
  };
  return { book, clock, told, look, files, file: files[0] ?? '' };
}

test('what the first database does not say the next one does', async () => {
  const { book } = await open(german, systems, french);
  expect(book.lookUp('192.0.2.1')).toEqual({ countryCode: 'DE', city: 'Oslo', asNumber: 64_500 });
  expect(book.lookUp('192.0.2.200')).toEqual({ countryCode: 'DE', city: 'Paris' });
  expect(['countryCode', 'city', 'asNumber', 'continent'].map((fact) => book.knows(fact as 'city'))).toEqual([
    ...[true, true, true],
    false,
  ]);
});

test.each([
  ['::ffff:192.0.2.1', { countryCode: 'DE' }],
  ['::ffff:c000:201', { countryCode: 'DE' }],
  ['192.0.3.1', {}],
  ['2001:db8::1', {}],
  ['fe80::1%eth0', {}],
  ['192.0.2', {}],
  ['192.0.2.1.', {}],
  ['', {}],
])('of the address "%s" is known %j', async (address, facts) => {
  const { book } = await open(german);
  expect(book.lookUp(address)).toEqual(facts);
});

test('a file that is replaced is taken up', async () => {
  const { book, look, file, told } = await open(german);
  await look();
  await writeFile(`${file}.new`, french);
  await rename(`${file}.new`, file);
  await look();
  expect(book.lookUp('192.0.2.1')).toEqual({ countryCode: 'FR', city: 'Paris' });
  expect(told).toEqual(['Loaded the changed database of addresses']);
});

test.each<[title: string, bytes: Buffer, reason: string]>([
  ['a broken one', french.subarray(0, 40), 'it is no database in the format of MaxMind, or not a whole one'],
  ['one that says less', german, 'it no longer says city of addresses'],
])('%s leaves the one before in use', async (_, bytes, reason) => {
  const { book, look, file, told } = await open(french);
  await writeFile(file, bytes);
  await look();
  await look();
  expect(book.lookUp('192.0.2.1')).toEqual({ countryCode: 'FR', city: 'Paris' });
  expect(told).toEqual([
    `The database of addresses that was read before stays in use: Cannot use "${file}": ${reason}`,
  ]);
});

test('close() stops looking', async () => {
  const { book, clock } = await open(german, systems);
  book.close();
  expect(clock.pendingTimers).toBe(0);
});

test('one that cannot be used is refused by its name, and nothing is looked at any more', async () => {
  const clock = fakeClock();
  const dir = await temporaryDirectory();
  const [good, bad] = [join(dir, 'good.mmdb'), join(dir, 'bad.mmdb')];
  await writeFile(good, german);
  const log = { info: () => undefined, warn: () => undefined };
  const opening = openGeoDatabases({ files: [good, bad], clock, log });
  const message = `Cannot read the database of addresses "${bad}": it does not exist`;
  await expect(opening).rejects.toMatchObject({ code: 9280, message });
  expect(clock.pendingTimers).toBe(0);
});
