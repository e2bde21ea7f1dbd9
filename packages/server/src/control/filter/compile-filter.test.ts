import { AditError, errorTable } from '@adit/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter } from './compile-filter.ts';
import { nowMs, sampleFields } from './filter.testkit.ts';
import { defaultFilterLimits } from './filter-limits.ts';

const compile = (text: string) => compileFilter(text, sampleFields, nowMs);

const endpoint = {
  id: 'ep_1',
  created_at: '2026-01-30T12:00:00Z',
  description: 'shop "é" of ann',
  pooling_enabled: true,
  port: 443,
  bindings: ['public', 'internal'],
  principal: { id: 'usr_1', name: 'ann', uri: 'https://api.example/users/usr_1' },
  not_declared: 'x',
};

describe('of an endpoint', () => {
  test.each<[text: string, expected: boolean]>([
    ['obj.id == "ep_1"', true],
    ['obj.id != "ep_1"', false],
    ['obj.id in ["ep_0", "ep_1"]', true],
    ['obj.id in []', false],
    ['"ep_1" == obj.id', true],
    ['obj.description == \'shop "é" of ann\'', true],
    ['obj.description.startsWith("shop")', true],
    ['obj.description.endsWith("shop")', false],
    ['obj.description.contains("\\"\\u00e9\\"")', true],
    ['obj.description.contains(obj.principal.name)', true],
    ['obj.description < "t" && obj.description >= "shop"', true],
    ['size(obj.description) == 15', true],
    ['obj.description.size() > 15', false],
    ['obj.pooling_enabled', true],
    ['!obj.pooling_enabled', false],
    ['obj.pooling_enabled == true', true],
    ['obj.port == 443', true],
    ['obj.port > 443 || obj.port < 443', false],
    ['obj.port in [80, 443]', true],
    ['"public" in obj.bindings', true],
    ['!("kubernetes" in obj.bindings)', true],
    ['size(obj.bindings) == 2', true],
    ['obj.principal.id == "usr_1"', true],
    ['obj.principal.name == "bob"', false],
    ['obj.created_at == timestamp("2026-01-30T13:00:00+01:00")', true],
    ['obj.created_at < timestamp("2026-01-30T12:00:00.001Z")', true],
    ['obj.created_at < timestamp("2026-01-30T12:00:00.001000000Z")', true],
    ['obj.created_at < timestamp("2026-01-30T12:00:00.001-00:00")', true],
    ['obj.created_at > timestamp("0001-01-01T00:00:00Z")', true],
    ['obj.created_at < timestamp("9999-12-31T23:59:59.999Z")', true],
    ['obj.created_at > timestamp(time.now).subtract("999999d")', true],
    ['obj.created_at > timestamp(time.now).subtract("24h")', false],
    ['obj.created_at >= timestamp(time.now).subtract("24h")', true],
    ['obj.created_at > timestamp(time.now).subtract("7d")', true],
    ['obj.created_at > timestamp(time.now).subtract("1d1s")', true],
    ['obj.created_at > timestamp("2026-01-29T12:00:00Z").add("1d")', false],
    ['obj.created_at < timestamp(time.now)', true],
    ['(obj.port == 80 || obj.port == 443) && !(obj.id == "ep_2")', true],
    ['obj.port == 80 || obj.port == 443 && obj.id == "ep_2"', false],
    ['true', true],
  ])('%s is %s', async (text, expected) => {
    expect((await compile(text))(endpoint)).toBe(expected);
  });
});

describe('of an object without values', () => {
  test.each([
    {},
    { description: null, principal: null, bindings: null, pooling_enabled: null, port: null, created_at: '' },
  ])('%j, text is empty and a missing number or time is not compared', async (object) => {
    const holds = async (text: string) => (await compile(text))(object);
    expect(await holds('obj.description == "" && obj.principal.id == "" && size(obj.bindings) == 0')).toBe(true);
    expect(await holds('obj.pooling_enabled')).toBe(false);
    for (const text of ['obj.port < 1', '!(obj.port < 1)', 'obj.port == 0', 'obj.created_at < timestamp(time.now)']) {
      expect(await holds(text)).toBe(false);
    }
    expect(await holds('obj.port == 1 || obj.description == ""')).toBe(true);
  });

  test('nor one of the wrong kind', async () => {
    const odd = { port: 1.5, created_at: 'yesterday', bindings: [1, 'public'], description: 3, principal: 'usr_1' };
    expect((await compile('obj.port > 0 || obj.created_at < timestamp(time.now)'))(odd)).toBe(false);
    expect((await compile('"public" in obj.bindings && obj.description == ""'))(odd)).toBe(true);
  });
});

describe('a filter is refused:', () => {
  test.each<[text: string, why: string]>([
    ['', 'it is empty'],
    ['  ', 'it is empty'],
    ['obj.id ==', 'Unexpected token: EOF (column 10)'],
    ['obj.id == "ep_1', 'Unterminated string (column 11)'],
    ['obj.id = "ep_1"', '(column 8)'],
    // Names.
    ['obj.descriptoin == ""', 'there is no field obj.descriptoin; did you mean obj.description? (column 1)'],
    [
      'true && obj.principal.idd == ""',
      'there is no field obj.principal.idd; did you mean obj.principal.id? (column 9)',
    ],
    ['description == ""', 'there is no field description; did you mean obj.description? (column 1)'],
    ['obj.zzz == ""', 'there is no field obj.zzz; known are obj.id, obj.created_at,'],
    ['obj == ""', 'there is no field obj;'],
    ['obj.principal == ""', 'there is no field obj.principal;'],
    ['obj.id.length == 1', 'there is no field obj.id.length;'],
    ['obj.not_declared == "x"', 'there is no field obj.not_declared;'],
    ['obj.__proto__ == ""', 'there is no field obj.__proto__;'],
    ['obj.constructor == ""', 'there is no field obj.constructor;'],
    ['obj.toString() == ""', '".toString()" is not supported in filters (column 1)'],
    ['time.now < obj.created_at', 'there is no field time.now;'],
    ['google.protobuf.Timestamp == obj.id', 'there is no field google.protobuf.Timestamp;'],
    // Types.
    ['obj.id', 'it is not a condition: its result is not true or false'],
    ['size(obj.id)', 'it is not a condition'],
    ['obj.id == 1', 'the types do not fit: string == int (column 1)'],
    ['obj.port == "443"', 'the types do not fit: int == string'],
    ['obj.port == obj.id', 'the types do not fit: int == string'],
    ['obj.created_at > "2026-01-01T00:00:00Z"', 'the types do not fit: timestamp > string (column 1)'],
    ['obj.bindings == "public"', 'the types do not fit: list<string> == string'],
    ['obj.pooling_enabled && obj.id', 'Logical operator requires bool operands'],
    ['!obj.id', '(column'],
    ['1 in obj.bindings', 'the types do not fit: int in list<string>'],
    ['obj.id in ["a", 1]', 'List elements must have the same type'],
    ['"a" in obj.id', 'the types do not fit: string in string'],
    ['size(obj.port) == 1', 'the types do not fit'],
    ['obj.description.startsWith(1)', 'the types do not fit'],
    ['obj.description.startsWith()', 'the types do not fit'],
    ['obj.bindings.contains("public")', 'the types do not fit'],
    // What ids do not have.
    ['obj.id.startsWith("ep_")', '".startsWith()" is not for ids; compare them with "==" or "in" (column 1)'],
    ['obj.principal.id.contains("1")', '".contains()" is not for ids'],
    // What filters do not have.
    ['obj.bindings[0] == "public"', 'an index is not supported in filters (column 1)'],
    ['obj["id"] == "ep_1"', 'an index is not supported'],
    ['obj.port + 1 == 2', 'arithmetic is not supported'],
    ['obj.port == -1', 'arithmetic is not supported'],
    ['obj.port * 2 == 2 || true', 'arithmetic is not supported'],
    ['obj.pooling_enabled ? true : false', 'a choice with "?" is not supported'],
    ['{"a": true} == obj.id', 'a map is not supported'],
    ['obj.description.matches("(a+)+$")', '".matches()" is not supported'],
    ['obj.bindings.exists(b, b == "public")', '".exists()" is not supported'],
    ['obj.bindings.all(b, b == "public")', '".all()" is not supported'],
    ['cel.bind(x, "a", x == "a")', '".bind()" is not supported'],
    ['has(obj.id)', '"has()" is not supported'],
    ['dyn(obj.id) == 1', '"dyn()" is not supported'],
    ['type(obj.id) == string', '"type()" is not supported'],
    ['string(obj.port) == "1"', '"string()" is not supported'],
    ['obj.port == 1.5', 'values are text, whole numbers, true and false (column 13)'],
    ['obj.id == null', 'values are text'],
    ['obj.id == b"ep_1"', 'values are text'],
    ['obj.port == 1u', 'values are text'],
    ['obj.bindings == ["public"]', 'a list stands after "in" only'],
    ['obj.id in [obj.id]', 'a list holds values only (column 12)'],
    ['size(["a"]) == 1', 'a field such as obj.id is expected here (column 6)'],
    ['"a".startsWith("a")', 'a field such as obj.id is expected here (column 1)'],
    ['size() == 1', '"size()" takes one argument'],
    ['size(obj.id, obj.id) == 1', '"size()" takes one argument'],
    ['obj.id.size(1) == 1', '".size()" takes no argument'],
    // Times.
    ...[
      'yesterday',
      '2026-01-01',
      '2026-13-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
      '2026-01-01T00:00:00.123456789+00:00',
      '2026-01-01T25:00:00Z',
      '2026-01-01T00:00:00',
      '0000-01-01T00:00:00Z',
      'Thu Jan 01 2026 00:00:00',
    ].map((text): [string, string] => [
      `obj.created_at < timestamp("${text}")`,
      '"timestamp()" takes time.now or a text such as "2026-01-31T00:00:00Z"',
    ]),
    ['obj.created_at < timestamp(1)', '"timestamp()" takes time.now or a text'],
    ['obj.created_at < timestamp(obj.id)', '"timestamp()" takes time.now or a text'],
    ['obj.created_at < timestamp()', '"timestamp()" takes one argument'],
    ...['', '7', 'd', '-7d', '1.5h', '7 d', '1h1d', '9999999d', '1w'].map((text): [string, string] => [
      `obj.created_at < timestamp(time.now).subtract("${text}")`,
      '".subtract()" takes a text such as "7d", "24h" or "1h30m" (column 47)',
    ]),
    ['obj.created_at < timestamp(time.now).add()', '".add()" takes a text such as'],
    ['obj.created_at < timestamp(time.now).add("1d", "1d")', '".add()" takes a text such as'],
    ['obj.created_at.add("1d") < timestamp(time.now)', '".add()" follows "timestamp(…)" only'],
    ['obj.created_at < timestamp(time.now).add("1d").add("1d")', '".add()" follows "timestamp(…)" only'],
  ])('%s', async (text, why) => {
    await expect(compile(text)).rejects.toMatchObject({ code: 250, message: expect.stringContaining(why) });
  });
});

test('the column is also for programs', async () => {
  await expect(compile('true && obj.idd == ""')).rejects.toMatchObject({ details: { column: 9 } });
});

describe('a filter that is too large is refused:', () => {
  const { maxChars, maxDepth, maxListValues, maxParts, maxSearches } = defaultFilterLimits;
  test.each<[title: string, text: string, why: string]>([
    ['text', `obj.id == "${'a'.repeat(maxChars)}"`, `it is longer than ${maxChars} characters`],
    ['depth', `${'('.repeat(maxDepth + 1)}true${')'.repeat(maxDepth + 1)}`, `it is more than ${maxDepth} levels deep`],
    ['not', `${'!'.repeat(maxParts + 1)}true`, 'it has more than'],
    ['list', `obj.port in [${'1,'.repeat(maxListValues)}1]`, `a list has more than ${maxListValues} values`],
    [
      'searches',
      `${'obj.description.contains("a")||'.repeat(maxSearches + 1)}true`,
      `it looks into text more than ${maxSearches} times (column 311)`,
    ],
    ['parts', `true${'||true'.repeat(maxParts / 2)}`, `it has more than ${maxParts} parts`],
  ])('%s', async (_title, text, why) => {
    await expect(compile(text)).rejects.toMatchObject({ code: 250, message: expect.stringContaining(why) });
  });

  test('the largest that fits works', async () => {
    const searches = 'obj.description.contains("a")||'.repeat(maxSearches);
    const text = searches + Array.from({ length: 80 }, (_, i) => `obj.port==${i + 20}`).join('||');
    const filter = await compile(text);
    expect([filter({ port: 99 }), filter({ port: 100 })]).toEqual([true, false]);
  });
});

describe('whatever comes,', () => {
  const tokens =
    'obj obj.id obj.port obj.created_at obj.bindings obj.principal.id time.now timestamp( size( .size() .startsWith( .contains( .add( .subtract( exists( "a" "7d" 1 1.5 -1 1u null true [ ] ( ) { } , . : ? ! && || == != < <= > >= in + - * / % b"x" r"\\" """ \' // \n \\u \u0000 é'.split(
      ' ',
    );
  const soup = fc.array(fc.constantFrom(...tokens), { maxLength: 12 });
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    soup.map((parts) => parts.join('')),
    soup.map((parts) => parts.join(' ')),
  );

  test('a filter is made, or refused with 250 and a message of bounded length', async () => {
    let made = 0;
    const property = fc.asyncProperty(text, async (one) => {
      try {
        const filter = await compile(one);
        made += 1;
        expect(filter(endpoint)).toBeTypeOf('boolean');
        expect(filter({})).toBeTypeOf('boolean');
      } catch (error) {
        if (!(error instanceof AditError) || error.code !== 250) throw error;
        expect(error.message.length).toBeLessThan(400);
        expect(error.message).not.toBe(errorTable[250].title);
      }
    });
    await fc.assert(property, { numRuns: 5_000, examples: [['true'], ['obj.port in[1]']] });
    expect(made).toBeGreaterThan(0);
  });

  test('and the filter looks at the objects that come', async () => {
    const filter = await compile(
      'obj.description == "a" || obj.port > 1 || "a" in obj.bindings || obj.principal.id == "a"',
    );
    const property = fc.property(fc.oneof(fc.object(), fc.array(fc.anything())), (object) => {
      expect(filter(object)).toBeTypeOf('boolean');
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

test('comparisons agree with what they say', async () => {
  const operators = { '==': 0, '!=': 0, '<': 0, '<=': 0, '>': 0, '>=': 0 };
  const compared = (a: number, operator: string, b: number): boolean => {
    if (operator === '==') return a === b;
    if (operator === '!=') return a !== b;
    if (operator === '<') return a < b;
    if (operator === '<=') return a <= b;
    return operator === '>' ? a > b : a >= b;
  };
  const small = fc.integer({ min: 0, max: 3 });
  const operator = fc.constantFrom(...Object.keys(operators));
  const property = fc.asyncProperty(small, operator, small, async (a, one, b) => {
    expect((await compile(`obj.port ${one} ${b}`))({ port: a })).toBe(compared(a, one, b));
    const at = (day: number) => `2026-01-0${day + 1}T00:00:00Z`;
    const filter = await compile(`obj.created_at ${one} timestamp("${at(b)}")`);
    expect(filter({ created_at: at(a) })).toBe(compared(a, one, b));
  });
  await fc.assert(property, { numRuns: 200 });
});
