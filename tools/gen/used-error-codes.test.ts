import { describe, expect, test } from 'vitest';
import { readSources } from './source-files.ts';
import { unusedErrorCodes } from './used-error-codes.ts';

test('every code of the error table is the code of some error', () => {
  const sources = readSources(['packages/*/src/**/*.ts']).filter(
    ({ path }) => !/\.test\.ts$|testkit\.ts$|errors\/table\.ts$/.test(path),
  );
  expect(unusedErrorCodes(sources)).toEqual([]);
});

describe('unusedErrorCodes()', () => {
  const isUsed = (text: string, code: number) => !unusedErrorCodes([{ path: 'a.ts', text }]).includes(code);

  test.each([
    ['throw new AditError(362, `x`)', 362],
    ['throw new AditError(\n  362,\n', 362],
    ['new AditError(isKey ? 206 : 203)', 203],
    ['reader(bindRequest, 301, "bind")', 301],
    ['reader(protocol.bindRequest, 301, "bind")', 301],
    ['return this.#refuse(session, 349)', 349],
    ['{ outcome, code: 3205 }', 3205],
    ["why === 'timeout' ? 9001 : 8012", 9001],
    ['[errorCodes.refused, [8012, text]]', 8012],
  ])('takes %j for a use of %i', (text, code) => {
    expect(isUsed(text, code)).toBe(true);
  });

  test.each([
    ['send(response, 200, body)', 200],
    ['text.slice(0, 100)', 100],
    ['const closeTimeoutMs = 300;', 300],
    ['if (error.code !== 9220) throw error;', 9220],
    ['// throws 9220', 9220],
    ['/** @throws {AditError} 9220:\n * @throws 9220 */', 9220],
    ['size = 39_220', 9220],
  ])('does not take %j for a use of %i', (text, code) => {
    expect(isUsed(text, code)).toBe(false);
  });
});
