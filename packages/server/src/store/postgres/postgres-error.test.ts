import pg from 'pg';
import { expect, test } from 'vitest';
import { isConflict, toRuntimeError } from './postgres-error.ts';

function databaseError(state: string): pg.DatabaseError {
  const error = new pg.DatabaseError('told by the database', 0, 'error');
  error.code = state;
  return error;
}

test.each([
  ['53100', 9214],
  ['58030', 9214],
  ['25006', 9214],
  ['XX001', 9213],
  ['08006', 9216],
  ['28P01', 9216],
  ['53300', 9216],
  ['57P01', 9216],
  ['57P03', 9216],
  ['25P03', 9216],
  ['40001', 9216],
  ['40P01', 9216],
])('what the database calls %s is %i, and its own words stay inside', (state, code) => {
  const cause = databaseError(state);
  const error = toRuntimeError(cause) as Error;
  expect(error).toMatchObject({ code, cause });
  expect(error.message).not.toContain('told by');
});

test.each([
  ['a unique violation', databaseError('23505')],
  ['a mistake of ours', databaseError('42601')],
  ['what is not of the database', new TypeError('x')],
  ['what is no error', 'x'],
])('%s passes as it is', (_, error) => {
  expect(toRuntimeError(error)).toBe(error);
});

test.each([
  ['40001', true],
  ['40P01', true],
  ['23505', false],
  ['57P01', false],
])('that %s may be tried again is %j', (state, expected) => {
  expect(isConflict(databaseError(state))).toBe(expected);
});
