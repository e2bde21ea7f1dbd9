import type { ApiParameter } from '@adit/contracts';
import fc from 'fast-check';
import type { OddRequest } from './odd-request.testkit.ts';
import { oddText } from './odd-texts.testkit.ts';

const ids = ['%zz', '%', '%ff', '%2e%2e', 'a%2Fb', 'a;b'];
const tags = ['"1"', '"0"', '"1', 'W/"1"', '*', '*, "1"', '"1",,', '"1", "2"'.repeat(2000), '""'];

/** Requests that are odd in one parameter. @param texts Texts that mean something to this API. */
export function oddParameter(
  { in: part, name, schema }: ApiParameter,
  texts: readonly string[],
): fc.Arbitrary<OddRequest> {
  const edges = [schema.minimum, schema.maximum].flatMap((edge) =>
    edge === undefined ? [] : [`${edge - 1}`, `${edge}`, ` ${edge}`, `${edge}.0`, `${edge + 1}`],
  );
  const odd = oddText([...texts, ...edges]);
  if (part === 'path') {
    return fc.oneof(odd.map(encoded), fc.constantFrom(...ids)).map((text) => ({ names: { [name]: text } }));
  }
  if (part === 'header') {
    return fc
      .oneof(odd, fc.constantFrom(...tags))
      .map((text) => ({ headers: { [name.toLowerCase()]: forHead(text) } }));
  }
  const again = fc.constantFrom('', `&${name}=a`, `&${name}[]=a`, `&${name}[x]=a`);
  return fc.tuple(odd, again).map(([text, more]) => ({ query: `${name}=${encoded(text)}${more}` }));
}

const filterParts = [
  ...[
    'obj',
    'obj.id',
    'obj.created_at',
    'obj.description',
    'obj.constructor',
    'obj.__proto__',
    'time.now',
    'type(obj)',
  ],
  ...[
    '==',
    '!=',
    '<',
    '&&',
    '||',
    '!',
    'in',
    '?',
    ':',
    '+',
    '-',
    '(',
    ')',
    '[',
    ']',
    ',',
    '.',
    '//',
    '/*',
    '\0',
    '\ud800',
  ],
  ...['true', 'null', '""', '"a"', "r'\\'", 'b"a"', '1u', '1e400', '0x1', '[1]', '{}', 'timestamp(', 'duration("1s")'],
  ...['.size()', '.matches("(a+)+$")', '.contains(', 'obj.all(x, true)', 'has(obj.id)'],
];
const deepFilters = ['('.repeat(1000), '!'.repeat(2000), '[['.repeat(500), 'obj.id == "a" || '.repeat(100)];
const parameterNames = ['__proto__', 'constructor', '__proto__[x]', 'limit[]', 'filter[a]', '', '%ff', '=', '&&&'];

/** Filters, and parameters that there are not. */
export const oddQuery: fc.Arbitrary<OddRequest> = fc.oneof(
  {
    arbitrary: fc.array(fc.constantFrom(...filterParts), { maxLength: 12 }).map((parts) => filtered(parts.join(' '))),
    weight: 3,
  },
  fc.constantFrom(...deepFilters).map((begin) => filtered(`${begin}true`)),
  fc.constantFrom(...parameterNames).map((name) => ({ query: `${name}=1` })),
  fc.constant({ query: Array.from({ length: 2000 }, (_, i) => `a${i}=1`).join('&') }),
);

const json = 'application/json';
const headers: Readonly<Record<string, readonly string[]>> = {
  'content-type': [
    '',
    `${json}; charset=utf-16`,
    `${json};charset=a;charset=b`,
    `${json}, a/b`,
    `${json}x`,
    'text/plain',
    '/',
    ';',
  ],
  authorization: [
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'bearer adit_ak_',
    'Bearer adit_at_a',
    `Bearer ${'a'.repeat(30_000)}`,
  ],
  'ngrok-version': ['1', '', '2, 2', '__proto__'],
  origin: ['null', 'https://a.example', 'a'.repeat(20_000), 'é'],
  'content-encoding': ['gzip', 'br', 'identity', ''],
  expect: ['100-continue', 'x'],
};
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'];

/** Another method, or an odd header that every operation has. */
export const oddHead: fc.Arbitrary<OddRequest> = fc.oneof(
  fc.constantFrom(...methods).map((method) => ({ method })),
  ...Object.entries(headers).map(([name, values]) =>
    fc.constantFrom(...values).map((value) => ({ headers: { [name]: value } })),
  ),
);

function filtered(filter: string): OddRequest {
  return { query: `filter=${encoded(filter)}` };
}

/** As far as a URL can say it, and a head has room for it. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 60_000);
}

/** Node.js sends, and takes, no other characters in a head. */
function forHead(text: string): string {
  return text.replace(/[^\t\x20-\x7e\xa0-\xff]/g, '?').slice(0, 30_000);
}
