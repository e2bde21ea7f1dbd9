import { expect, test } from 'vitest';
import { acceptedType } from './accepted-type.ts';

test.each([
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'html'],
  ['application/json', 'problem'],
  ['application/json, text/plain, */*', 'problem'],
  ['application/problem+json', 'problem'],
  ['text/html;q=0.5, application/json', 'problem'],
  ['text/html, application/json;q=0.9', 'html'],
  ['TEXT/HTML', 'html'],
  ['text/html;q=0', 'text'],
  ['*/*', 'text'],
  ['text/*', 'text'],
  ['image/png', 'text'],
  ['', 'text'],
  [';;;q=,,q=1', 'text'],
  [null, 'text'],
] as const)('acceptedType(%j) is %s', (accept, expected) => {
  expect(acceptedType(accept)).toBe(expected);
});
