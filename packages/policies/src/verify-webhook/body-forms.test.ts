import fc from 'fast-check';
import { expect, test } from 'vitest';
import { otherBodies } from './body-forms.ts';

const text = (form: 'compact' | 'escaped', body: string | Uint8Array) =>
  otherBodies[form](Buffer.from(body)).map((bytes) => Buffer.from(bytes).toString());

test('otherBodies.compact takes the white space between tokens away, and nothing else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(2, '\t', '\n \r\n'), (value, space) => {
      expect(text('compact', JSON.stringify(value, null, space))).toEqual([JSON.stringify(value)]);
    }),
  );
  expect(text('compact', '{ "a" : 1.50 , "b\\" " : " \\\\" }')).toEqual(['{"a":1.50,"b\\" ":" \\\\"}']);
});

test('otherBodies.escaped means the same in ASCII, and is none of what is not UTF-8', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const [escaped = ''] = text('escaped', JSON.stringify(value));
      expect(escaped).toMatch(/^[\0-\x7e]*$/);
      expect(JSON.parse(escaped)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(text('escaped', Buffer.from('ff', 'hex'))).toEqual([]);
});
