import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callPath } from './call-path.ts';

it('callPath() fills in words in their order', () => {
  expect(callPath('/edges/{edge_id}/routes/{id}/backend', ['a', 'b/c'])).toBe('/edges/a/routes/b%2Fc/backend');
});

it.each(['', '.', '..'])('callPath() refuses %j, which would be another path', (word) => {
  expect(() => callPath('/things/{id}/stop', [word])).toThrow(expect.objectContaining({ code: 9500 }));
});

it('callPath() makes one segment of every other word, which the server reads as it was', () => {
  const unit = fc.constantFrom('.', '/', '\\', '%', '2', 'e', '?', '#', ' ', 'é', '{id}', ';');
  const word = fc.string({ unit, minLength: 1 }).filter((text) => !/^\.{1,2}$/.test(text));
  fc.assert(
    fc.property(word, (text) => {
      const { pathname, search, hash } = new URL(`https://a${callPath('/things/{id}/stop', [text])}`);
      expect([search, hash]).toEqual(['', '']);
      expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'things', text, 'stop']);
    }),
  );
});
