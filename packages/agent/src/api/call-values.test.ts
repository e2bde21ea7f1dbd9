import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import type { ParsedCommand } from '../command.ts';
import { testIo } from '../command-io.testkit.ts';
import { apiCalls } from './api-calls.ts';
import { callFields, fieldOptions } from './call-fields.ts';
import { readValues } from './call-values.ts';
import { madeUpDocument } from './made-up-document.testkit.ts';

const fields = apiCalls(madeUpDocument)
  .filter(({ verb }) => verb === 'create')
  .flatMap((call) => callFields(madeUpDocument, call));
const directory = mkdtempSync(join(tmpdir(), 'adit-values-'));
afterAll(() => rmSync(directory, { recursive: true }));

function read(options: ParsedCommand['options'], input = '') {
  return readValues(fields, { arguments: [], options: { name: 'n', ...options } }, testIo({ input }));
}

it('each field has an option by its schema; a secret only one that names a file', () => {
  const options = fields.flatMap(fieldOptions);
  expect(options.map(({ name, value, isHidden }) => `${name} ${value}${isHidden ? ' (hidden)' : ''}`)).toEqual([
    'name <text>',
    'port-number <number>',
    'is-on null',
    'mode <text>',
    'acl <text>',
    'sizes <number>',
    'rules <json>',
    'labels <json>',
    'value-file <file>',
    'value <secret> (hidden)',
    'target-file <file>',
    'target <secret> (hidden)',
    'passwords-file <file>',
    'passwords <secret> (hidden)',
    'other-secret-file <file>',
    'other-secret <secret> (hidden)',
    'idempotency-key <text>',
  ]);
  const by = (name: string) => options.find((option) => option.name === name);
  expect(by('mode')?.choices).toEqual(['a', 'b']);
  expect(by('acl')?.isRepeatable).toBe(true);
  expect(by('rules')?.isRepeatable).toBeUndefined();
  expect(by('name')?.description).toBe('What it is called. Required.');
});

it.each<[string, ParsedCommand['options'], object]>([
  ['text', { name: '5' }, { name: '5' }],
  ['a number', { 'port-number': '-1.5' }, { name: 'n', port_number: -1.5 }],
  ['a switch', { 'is-on': 'true' }, { name: 'n', is_on: true }],
  ['a switch that is off', { 'is-on': 'false' }, { name: 'n', is_on: false }],
  ['a list', { acl: ['x', 'y'] }, { name: 'n', acl: ['x', 'y'] }],
  ['a list of one', { acl: 'x' }, { name: 'n', acl: ['x'] }],
  ['a list of numbers', { sizes: ['1', '2'] }, { name: 'n', sizes: [1, 2] }],
  ['a list of objects', { rules: '[{"a":1}]' }, { name: 'n', rules: [{ a: 1 }] }],
  ['an object', { labels: '{"a":"b"}' }, { name: 'n', labels: { a: 'b' } }],
])('readValues() reads %s', async (_, options, body) => {
  expect(await read(options)).toEqual({ body, query: {}, headers: {} });
});

it('readValues() puts each where it belongs', async () => {
  expect(await read({ 'idempotency-key': 'k' })).toMatchObject({
    body: { name: 'n' },
    headers: { 'idempotency-key': 'k' },
  });
});

it('readValues() reads any number that JSON could have', async () => {
  const number = fc.oneof(
    fc.integer(),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((one) => Number(one.toFixed(3))),
  );
  await fc.assert(
    fc.asyncProperty(number, async (value) => {
      const { body } = await read({ 'port-number': String(value) });
      expect(body['port_number']).toBe(Object.is(value, -0) ? 0 : value);
    }),
  );
});

it.each<[string, ParsedCommand['options'], string]>([
  ['words for a number', { 'port-number': 'x' }, 'Cannot use "x" for --port-number: it is not a number'],
  ['an exponent', { 'port-number': '1e3' }, 'it is not a number'],
  ['nothing for a number', { 'port-number': '' }, 'it is not a number'],
  ['words for JSON', { labels: 'secret' }, 'Cannot use what is given for --labels: it is not JSON'],
  ['a secret', { value: 'hunter2' }, 'Cannot use --value: others on this machine can read it; write --value-file'],
])('readValues() refuses %s, and repeats no secret', async (_, options, message) => {
  const error = await read(options).catch((cause: unknown) => cause as AditError);
  expect(error).toMatchObject({ code: 9500, message: expect.stringContaining(message) });
  expect((error as AditError).message).not.toContain('hunter2');
});

it('readValues() names what is missing', async () => {
  const nothing = readValues(fields, { arguments: [], options: {} }, testIo());
  await expect(nothing).rejects.toThrow('Cannot call the API: --name is missing');
});

it.each([
  ['as it is', 'a b', 'a b'],
  ['without the line break at its end', 'a\nb\n', 'a\nb'],
  ['without that of Windows', 'a\r\n', 'a'],
])('a secret is read from a file or from standard input, %s', async (_, text, secret) => {
  const file = join(directory, 'secret');
  writeFileSync(file, text);
  expect((await read({ 'value-file': file })).body).toEqual({ name: 'n', value: secret });
  expect((await read({ 'other-secret-file': '-' }, text)).body).toEqual({ name: 'n', other_secret: secret });
});

it('what holds a secret is read in the same ways', async () => {
  const file = join(directory, 'target');
  writeFileSync(file, '{"auth":{"password":"p"}}\n');
  expect((await read({ 'target-file': file })).body).toEqual({ name: 'n', target: { auth: { password: 'p' } } });
  expect((await read({ 'passwords-file': [file, '-'] }, 'x')).body).toEqual({
    name: 'n',
    passwords: ['{"auth":{"password":"p"}}', 'x'],
  });
  await expect(read({ target: '{"auth":{"password":"hunter2"}}' })).rejects.toThrow('Cannot use --target: others');
  await expect(read({ 'target-file': '-' }, 'hunter2')).rejects.toThrow(
    /^(?!.*hunter2).*--target-file: it is not JSON/,
  );
});

it('a secret that is not there, empty or endless is refused', async () => {
  await expect(read({ 'value-file': join(directory, 'none') })).rejects.toMatchObject({ code: 9202 });
  await expect(read({ 'value-file': '-' }, '\n')).rejects.toMatchObject({ code: 9500 });
  await expect(read({ 'value-file': '-' }, 'x'.repeat(2 ** 20 + 1))).rejects.toThrow('too long');
  // Two secrets from one pipe: the second finds it read.
  await expect(read({ 'value-file': '-', 'other-secret-file': '-' }, 'x')).rejects.toThrow(AditError);
});
