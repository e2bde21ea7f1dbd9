import { expect, test } from 'vitest';
import { HeaderFields, reservedHeader } from './index.ts';

const sample = () => new HeaderFields(['Host', 'a.test', 'X-A', '1', 'x-b', '2', 'x-a', '3']);

test('HeaderFields reads names without case, in the order of the lines', () => {
  const fields = sample();
  expect(fields.values('x-A')).toEqual(['1', '3']);
  expect(fields.first('HOST')).toBe('a.test');
  expect(fields.has('x-c')).toBe(false);
  expect([...fields.toMap()]).toEqual([
    ['host', ['a.test']],
    ['x-a', ['1', '3']],
    ['x-b', ['2']],
  ]);
});

test('HeaderFields changes the lines that were handed over', () => {
  const fields = sample();
  const { lines } = fields;
  fields.set('x-a', '9');
  expect(lines).toEqual(['Host', 'a.test', 'X-A', '9', 'x-b', '2']);
  fields.set('x-c', '4');
  fields.add('x-b', '5');
  expect(fields.remove('X-B')).toBe(true);
  expect(fields.remove('x-b')).toBe(false);
  expect(lines).toEqual(['Host', 'a.test', 'X-A', '9', 'x-c', '4']);
});

test.each([
  ['a\r\nb', '1'],
  ['', '1'],
  ['a b', '1'],
  ['a', '1\r\nx: y'],
  ['a', '1\0'],
  ['a', 'ä€'],
])('HeaderFields sends no line %j: %j', (name, value) => {
  const fields = sample();
  expect(() => fields.add(name, value)).toThrow(TypeError);
  expect(() => fields.set(name, value)).toThrow(TypeError);
  expect(fields.lines).toEqual(sample().lines);
});

test.each([
  'Content-Length',
  'transfer_encoding',
  'X-Forwarded-For',
  'x.real.ip',
  'adit-request-id',
  'Ngrok_Mtls_Subject_Cn',
])('reservedHeader(%j) says why', (name) => {
  expect(reservedHeader(name)).not.toBeNull();
});

test.each(['host', 'authorization', 'cookie', 'content-type', 'x-api-key', 'user-agent'])(
  'reservedHeader(%j) has nothing against it',
  (name) => {
    expect(reservedHeader(name)).toBeNull();
  },
);
