import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Statements } from './statements.ts';

let raw: DatabaseSync;
beforeEach(() => {
  raw = new DatabaseSync(':memory:');
  raw.exec("create table t (a text) strict; insert into t values ('x')");
});
afterEach(() => raw.close());

test('a text is prepared once, and again when so many others were used since', () => {
  const statements = new Statements(raw, 2);
  const first = statements.of('select a from t');
  statements.of('select 1');
  expect(statements.of('select a from t')).toBe(first);
  statements.of('select 2');
  expect(statements.of('select a from t')).toBe(first);
  statements.of('select 1');
  statements.of('select 2');
  expect(statements.of('select a from t')).not.toBe(first);
});

test('what changes the schema has everything prepared anew', () => {
  const statements = new Statements(raw);
  expect(statements.of('select * from t').statement.all()).toEqual([{ a: 'x' }]);
  statements.of('alter table t add column b integer').statement.run();
  expect(statements.of('select * from t').statement.all()).toEqual([{ a: 'x', b: null }]);
});

test('a statement whose last run failed runs again, with nothing left of that', () => {
  const statements = new Statements(raw);
  raw.exec('create unique index u on t (a)');
  const insert = () => statements.of('insert into t values (?)').statement;
  expect(() => insert().run('x')).toThrow('UNIQUE');
  insert().run('y');
  expect(() => insert().run()).not.toThrow();
  expect(raw.prepare('select a from t order by rowid').all()).toEqual([{ a: 'x' }, { a: 'y' }, { a: null }]);
});

test.each([
  ['select a from t', true],
  ['insert into t values (1) returning a', true],
  ['update t set a = 1', false],
])('%j answers rows: %s', (text, isReader) => {
  expect(new Statements(raw).of(text).isReader).toBe(isReader);
});

test('a text that is no statement is SQLite’s to refuse, each time', () => {
  const statements = new Statements(raw);
  for (let time = 0; time < 2; time++) expect(() => statements.of('selec')).toThrow('syntax error');
});
