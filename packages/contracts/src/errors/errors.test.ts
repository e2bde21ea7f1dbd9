import { describe, expect, test } from 'vitest';
import { AditError, toAditError } from './adit-error.ts';
import { errorKinds } from './kinds.ts';
import { type ErrorCode, type ErrorRow, errorTable } from './table.ts';

const rows = Object.entries(errorTable).map(([code, row]): [number, ErrorRow] => [Number(code), row]);

describe.each(rows)('code %i', (code, row) => {
  test('has a title that starts with a capital letter and has no full stop', () => {
    expect(row.title).toMatch(/^[A-Z].{3,70}[^.!?\s]$/);
  });

  test('has one sentence of help', () => {
    expect(row.help).toMatch(/^[A-Z].*\.$/);
    expect(row.help).not.toMatch(/[.!?]\s+[A-Z]/);
  });

  test('is marked as ngrok’s, or is from 9000 to 9999', () => {
    expect(code >= 9000 && code <= 9999).toBe(row.ngrok !== true);
  });

  test('has an HTTP status that tells of an error', () => {
    const { status } = new AditError(code as ErrorCode);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });
});

test('every kind has an exit code of its own, and none is 0', () => {
  const exitCodes = Object.values(errorKinds).map((kind) => kind.exitCode);
  expect(new Set(exitCodes).size).toBe(exitCodes.length);
  expect(exitCodes).not.toContain(0);
});

test('AditError takes kind, status and exit code from the table, and the title when no message is given', () => {
  const error = new AditError(3205);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'AditError',
    message: errorTable[3205].title,
    wireCode: 'ERR_ADIT_3205',
    kind: 'forbidden',
    status: 403,
    exitCode: 4,
    details: {},
  });
});

test('AditError prefers the status of the row to that of the kind', () => {
  expect(new AditError(9003).status).toBe(421);
});

test('AditError keeps message, details and cause', () => {
  const cause = new Error('inside');
  const error = new AditError(9000, 'Cannot do "x"', { cause, details: { attempt: 1 } });
  expect(error).toMatchObject({ message: 'Cannot do "x"', details: { attempt: 1 }, cause });
});

test.each([new Error('secret'), 'secret', undefined, null])(
  'toAditError(%j) says nothing of what was thrown',
  (thrown) => {
    const error = toAditError(thrown);
    expect(error).toMatchObject({ code: 9000, message: 'Internal error', cause: thrown });
  },
);

test('toAditError() passes on errors of our own', () => {
  const error = new AditError(362);
  expect(toAditError(error)).toBe(error);
});
