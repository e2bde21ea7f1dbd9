import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DatabaseUrl, DatabaseUrlError, parseDatabaseUrl } from './database-url.ts';

const usual = { host: 'localhost', port: 5432, database: 'adit', user: 'adit', password: 'pw', tls: false } as const;

test.each<[string, DatabaseUrl]>([
  ['postgresql://adit:pw@localhost/adit', usual],
  ['postgres://adit:pw@localhost:5432/adit', usual],
  ['postgresql://adit@127.0.0.1:99/adit', { ...usual, host: '127.0.0.1', port: 99, password: '' }],
  ['postgresql://adit:pw@[::1]/adit', { ...usual, host: '::1' }],
  ['postgresql://a%40b:p%3Aw%2F%3F@localhost/x%20y', { ...usual, user: 'a@b', password: 'p:w/?', database: 'x y' }],
  ['postgresql://adit@%2Frun%2Fpostgresql/adit', { ...usual, host: '/run/postgresql', password: '' }],
  ['postgresql://adit:pw@db.example/adit', { ...usual, host: 'db.example', tls: { caFile: null } }],
  ['postgresql://adit:pw@db.example/adit?sslmode=disable', { ...usual, host: 'db.example' }],
  ['postgresql://adit:pw@localhost/adit?sslmode=verify-full', { ...usual, tls: { caFile: null } }],
  [
    'postgresql://adit:pw@db.example/adit?sslrootcert=/etc/ca.pem',
    { ...usual, host: 'db.example', tls: { caFile: '/etc/ca.pem' } },
  ],
])('parseDatabaseUrl() reads %s', (text, expected) => {
  expect(parseDatabaseUrl(text)).toEqual(expected);
});

test.each([
  ['', 'look like'],
  ['secret', 'look like'],
  ['mysql://adit:secret@localhost/adit', 'look like'],
  ['postgresql://adit:secret@localhost:99999/adit', 'look like'],
  ['postgresql://adit:secret@localhost:0/adit', 'port'],
  ['postgresql:///adit', 'no host'],
  ['postgresql://localhost/adit', 'no user'],
  ['postgresql://adit:secret@localhost', 'no database'],
  ['postgresql://adit:secret@localhost/', 'no database'],
  ['postgresql://adit:secret@localhost/adit/', 'nothing may follow'],
  ['postgresql://adit:secret@localhost/adit#x', 'nothing may follow'],
  ['postgresql://adit:sec\nret@localhost/adit', 'without spaces'],
  ['postgresql://adit:secret%@localhost/adit', 'password is not percent-encoded'],
  ['postgresql://adit%00options:secret@localhost/adit', 'user is not percent-encoded'],
  ['postgresql://adit:secret@localhost/adit?options=-c', 'parameters'],
  ['postgresql://adit:secret@localhost/adit?sslmode=disable&sslmode=disable', 'twice'],
  ['postgresql://adit:secret@db.example/adit?sslmode=require', 'verify-full'],
  ['postgresql://adit:secret@db.example/adit?sslmode=disable&sslrootcert=x', 'verify-full'],
  ['postgresql://adit:secret@%2Frun/adit?sslmode=verify-full', 'no TLS'],
])('[invariant: no-secret-leaves] parseDatabaseUrl() refuses %j without repeating it', (text, why) => {
  expect(() => parseDatabaseUrl(text)).toThrow(DatabaseUrlError);
  expect(() => parseDatabaseUrl(text)).toThrow(why);
  expect(() => parseDatabaseUrl(text)).not.toThrow('sec');
});

const word = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .filter((text) => !text.includes('\0') && text.isWellFormed());

test('parseDatabaseUrl() gives back every user, password and database', () => {
  fc.assert(
    fc.property(word, word, word, fc.integer({ min: 1, max: 65_535 }), (user, password, database, port) => {
      const [name, secret, path] = [user, password, database].map(encodeURIComponent);
      // A URL leaves out these two, however they are written.
      fc.pre(database !== '.' && database !== '..');
      const url = `postgresql://${name}:${secret}@localhost:${port}/${path}`;
      expect(parseDatabaseUrl(url)).toEqual({ ...usual, user, password, database, port });
    }),
  );
});

test('parseDatabaseUrl() answers or refuses whatever it is given', () => {
  const part = fc.constantFrom(
    'postgresql:',
    '//',
    '@',
    ':',
    '/',
    '?',
    '#',
    '%',
    '%2F',
    '[',
    ']',
    'a',
    '0',
    '=',
    '&',
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part).map((parts) => `postgresql://${parts.join('')}`),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        const { host, user, database, port } = parseDatabaseUrl(given);
        expect([host, user, database].every((each) => each.length > 0 && !each.includes('\0'))).toBe(true);
        expect(port).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(DatabaseUrlError);
      }
    }),
    { numRuns: 500 },
  );
});
