import type { Id } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeChain } from './audit-chain.testkit.ts';
import { exportAudit } from './audit-export.ts';
import { verifyExport } from './verify-export.ts';

const accountId = 'ac_0000000000000000000000000aa' as Id<'account'>;
const chain = makeChain(6);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

async function exported(records = chain): Promise<string> {
  const head = records.at(-1);
  const lines = exportAudit(
    {
      findAuditHead: async () => head && { seq: head.seq, hash: head.hash },
      readAudit: async ({ afterSeq, limit }) => records.slice(afterSeq, afterSeq + limit),
    },
    accountId,
  );
  return (await Array.fromAsync(lines)).join('');
}

async function* inChunks(bytes: Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const verify = (file: string | Uint8Array, options = {}) => verifyExport(inChunks(Buffer.from(file)), options);
const file = Buffer.from(await exported());

test('an export begins with what it is, and has a line for each record', async () => {
  const [header, ...lines] = (await exported())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as object);
  expect(header).toEqual({
    format: 'adit-audit/1',
    account: accountId,
    hash: 'sha-256',
    records: 6,
    head: hex(chain[5]!.hash),
  });
  expect(lines).toHaveLength(6);
  expect(lines[0]).toMatchObject({ seq: 1, action: 'credential.create', hash: hex(chain[0]!.hash) });
});

test.each([0, 1, 499, 500, 501, 1_203])('an export of %i records, read in batches, verifies', async (length) => {
  const records = makeChain(length);
  expect(await verify(await exported(records))).toMatchObject({ accountId, seq: length });
});

test('an export verifies whatever pieces it is read in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: file.length }), async (size) => {
      expect(await verifyExport(inChunks(file, size))).toMatchObject({ seq: 6, hash: chain[5]!.hash });
    }),
    { numRuns: 30 },
  );
});

/** The number of the record that this byte belongs to; 0: the first line. */
const recordAt = (position: number) => file.subarray(0, position).toString('latin1').split('\n').length - 1;

test('one byte changed anywhere is found, and the record is named', async () => {
  const property = fc.asyncProperty(
    fc.nat(file.length - 1),
    fc.integer({ min: 1, max: 255 }),
    async (position, flip) => {
      const changed = Uint8Array.from(file);
      changed[position] = file[position]! ^ flip;
      const record = recordAt(position);
      const failure = expect(verify(changed)).rejects;
      if (record === 0) await failure.toMatchObject({ code: 9250 });
      else
        await failure.toMatchObject({
          code: 9250,
          details: { record },
          message: expect.stringContaining(`ecord ${record} `),
        });
    },
  );
  await fc.assert(property, { numRuns: 2_000 });
});

test('one byte put in or taken out anywhere is found', async () => {
  const property = fc.asyncProperty(fc.nat(file.length), fc.integer({ min: 0, max: 255 }), async (position, byte) => {
    const [before, after] = [file.subarray(0, position), file.subarray(position)];
    await expect(verify(Buffer.concat([before, Uint8Array.of(byte), after]))).rejects.toMatchObject({ code: 9250 });
    if (after.length === 0) return;
    await expect(verify(Buffer.concat([before, after.subarray(1)]))).rejects.toMatchObject({ code: 9250 });
  });
  await fc.assert(property, { numRuns: 1_000 });
});

const lines = file.toString().split('\n').slice(0, -1);
const withLines = (change: (all: string[]) => string[]) => `${change([...lines]).join('\n')}\n`;
test.each<[string, string | Uint8Array, string]>([
  ['nothing', '', 'line 1'],
  ['something else', '{"a":1}\n', 'line 1'],
  ['a first line of null', 'null\n', 'line 1'],
  ['a header with a short head', withLines((all) => all.with(0, all[0]!.replace(/.."}$/, '"}'))), 'line 1'],
  ['the account of another', withLines((all) => all.with(0, all[0]!.replace('aa', 'ab'))), 'record 1 '],
  [
    'more records than there are',
    withLines((all) => all.with(0, all[0]!.replace('"records":6', '"records":7'))),
    'record 7 is missing',
  ],
  [
    'fewer records than there are',
    withLines((all) => all.with(0, all[0]!.replace('"records":6', '"records":5'))),
    'record 6 is behind its end',
  ],
  ['no records', `${lines[0]}\n`, 'record 1 is missing, and all behind it up to 6'],
  ['a record less', withLines((all) => all.toSpliced(3, 1)), 'record 3 is missing'],
  [
    'two records the other way round',
    withLines((all) => all.with(3, all[4]!).with(4, all[3]!)),
    'record 4 stands where record 3 belongs',
  ],
  ['a record twice', withLines((all) => all.toSpliced(3, 0, all[3]!)), 'record 3 stands where record 4 belongs'],
  ['a record that says more', withLines((all) => all.with(3, all[3]!.replace('}', ',"x":1}'))), 'record 3 was changed'],
  [
    'a number as text',
    withLines((all) => all.with(3, all[3]!.replace('"seq":3', '"seq":"3"'))),
    'record 3 was changed',
  ],
  ['an empty line', withLines((all) => all.toSpliced(3, 0, '')), 'record 3 was changed'],
  ['no end of the last line', file.subarray(0, -1), 'record 6 was changed'],
  ['bytes that are no text', file.toString('latin1'), 'record 1 was changed'],
  ['a byte order mark', `\ufeff${file.toString()}`, 'line 1'],
  ['a line without end', `${lines[0]}\n${'x'.repeat(2_000_000)}`, 'record 1 was changed'],
])('an export with %s is refused', async (_, damaged, message) => {
  await expect(verify(damaged)).rejects.toMatchObject({ code: 9250, message: expect.stringContaining(message) });
});

test('half a surrogate pair is not taken for the character that stands for it', async () => {
  const odd = makeChain(1, { action: '\ufffd' });
  const text = await exported(odd);
  await verify(text);
  await expect(verify(text.replace('\ufffd', '\\ud800'))).rejects.toMatchObject({ code: 9250, details: { record: 1 } });
});

test('bytes that are no text are not taken for the character that stands for them', async () => {
  const bytes = Buffer.from(await exported(makeChain(1, { action: '\ufffd' })));
  await verify(bytes);
  const at = bytes.indexOf('\ufffd');
  // The character without its last byte: a lenient reader sees no difference.
  const cut = Buffer.concat([bytes.subarray(0, at + 2), bytes.subarray(at + 3)]);
  await expect(verify(cut)).rejects.toMatchObject({ code: 9250, details: { record: 1 } });
});

test('a head that was noted earlier must be in the chain', async () => {
  for (const known of [hex(chain[2]!.hash), hex(chain[5]!.hash), '0'.repeat(64)]) {
    expect(await verify(file, { knownHead: known })).toMatchObject({ seq: 6 });
  }
  // Replaced as a whole: intact in itself.
  const replaced = await exported(makeChain(6));
  await verify(replaced);
  await expect(verify(replaced, { knownHead: hex(chain[2]!.hash) })).rejects.toMatchObject({ code: 9250 });
});

test('verifyExport() answers or refuses, whatever it reads', async () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json().map((line) => `${lines[0]}\n${line}\n`),
  );
  await fc.assert(
    fc.asyncProperty(anything, async (input) => {
      await expect(verify(input)).rejects.toMatchObject({ code: 9250 });
    }),
  );
});
