import { describe, expect, test } from 'vitest';
import { evaluate, failureOf, problemOf } from '../evaluate.testkit.ts';

describe('the language', () => {
  test.each([
    // Operators (CEL specification, "Standard Definitions").
    ['1 + 2 * 3', 7n],
    ['7 / 2', 3n],
    ['-7 / 2', -3n],
    ['-7 % 2', -1n],
    ['1 - (2 - 3)', 2n],
    ['2.0 * 1.5', 3],
    ['dyn(1) == 1.0', true],
    ['1 < 1.5', true],
    ['"a" + "b"', 'ab'],
    ['[1] + [2]', [1n, 2n]],
    ['"b" in ["a", "b"]', true],
    ['"b" in {"a": 1}', false],
    ['{"a": {"b": 2}}.a.b', 2n],
    ['[1, 2][1]', 2n],
    ['true ? "x" : "y"', 'x'],
    ['!true || 1 == 1 && false', false],
    // An error beside a value that decides does not count.
    ['[1][5] == 1 || true', true],
    ['false && [1][5] == 1', false],
    ['[1, "b", null] == [1, "b", null]', true],
    ['timestamp("2026-01-31T12:00:00Z") - duration("1h") < timestamp("2026-01-31T12:00:00Z")', true],
    ['timestamp("2026-01-31T12:00:00Z") - timestamp("2026-01-31T11:30:00Z") == duration("30m")', true],
    // Literals.
    ['0xff', 255n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['r"\\d"', '\\d'],
    ['"\\u00e9\\t"', 'é\t'],
    ["b'\\xff'", new Uint8Array([255])],
    ['1 // one', 1n],
  ])('evaluates %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    ['size("añ😀")', 3n],
    ['"abc".size()', 3n],
    ['size(b"\\xff\\x00")', 2n],
    ['size([1, 2])', 2n],
    ['{"a": 1}.size()', 1n],
    ['"hello world".startsWith("hello")', true],
    ['"foobar".endsWith("baz")', false],
    ['"ngrok".contains("gro")', true],
    ['"x".contains("")', true],
    ['type(1) == int', true],
    ['type(dyn("a")) == string', true],
    ['dyn(1) == 1', true],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });
});

describe('conversions', () => {
  test.each([
    ['int("-42")', -42n],
    ['int("+7")', 7n],
    ['int(2.9)', 2n],
    ['int(-2.9)', -2n],
    ['int(7u)', 7n],
    ['int(timestamp("1970-01-01T00:01:00.9Z"))', 60n],
    ['double("1.5")', 1.5],
    ['double(2)', 2],
    ['string(1.5)', '1.5'],
    ['string(2.0)', '2'],
    ['string(12)', '12'],
    ['string(true)', 'true'],
    ['string(b"\\xc3\\xa9")', 'é'],
    ['string(timestamp("2026-01-31T12:00:00+01:00"))', '2026-01-31T11:00:00Z'],
    ['string(timestamp("2026-01-31T12:00:00.120Z"))', '2026-01-31T12:00:00.120Z'],
    ['string(duration("1h30m"))', '5400s'],
    ['string(duration("-1.5s"))', '-1.5s'],
    ['bool("true")', true],
    ['bytes("é")', new Uint8Array([0xc3, 0xa9])],
    ['uint("7") == 7u', true],
  ])('%s is %s', (text, expected) => {
    const value = evaluate(text);
    expect(value instanceof Uint8Array ? new Uint8Array(value) : value).toEqual(expected);
  });

  test.each([
    ['int("")', 'a text is no whole number'],
    ['int(" 1")', 'a text is no whole number'],
    ['int("0x10")', 'a text is no whole number'],
    ['int("9223372036854775808")', 'a number is too large'],
    ['int(1e300)', 'a number is too large'],
    ['int(0.0 / 0.0)', 'a number is too large'],
    ['bool("perhaps")', 'a value cannot be converted'],
    ['double("one")', 'a value cannot be converted'],
    ['1 / 0', 'a division by zero'],
    ['9223372036854775807 + 1', 'a number is too large'],
  ])('%s fails: %s', (text, why) => {
    expect(failureOf(text)).toBe(why);
  });
});

describe('optional values', () => {
  test.each([
    ['req.headers[?"x-key"].orValue(["none"])', ['a', 'b']],
    ['req.headers[?"x-none"].orValue(["none"])', ['none']],
    ['req.?url.?path.orValue("/")', '/api/items'],
    ['req.headers[?"x-none"].hasValue()', false],
    ['req.headers[?"x-none"].or(optional.of(["q"])).value()', ['q']],
    ['optional.none().hasValue()', false],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test('the value of one that is not there is a failure', () => {
    expect(failureOf('req.headers[?"x-none"].value()')).toBe('an optional value is not there');
  });

  test('one is no value by itself', () => {
    expect(problemOf('req.?url')).toMatchObject({ message: 'it gives no value, but optional<string>' });
  });
});

describe('has()', () => {
  test.each([
    ['has(req.headers.accept)', false],
    ['has(req.headers["x-key"])', true],
    ['has(req.headers["X-Key"])', true],
    ['has(req.url.port)', false],
    ['has(event.id)', false],
    ['has(event.data)', true],
    ['has(conn.tls.client)', false],
    ['has(vars.x)', false],
    ['has(vars["x"])', false],
    ['has(actions.adit.sample_action)', false],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each([
    ['has(req)', '"has()" takes names only, as in has(req.headers.accept); look into lists with size()'],
    [
      'has(req.headers["a"][0])',
      '"has()" takes names only, as in has(req.headers.accept); look into lists with size()',
    ],
    ['has("a".size())', '"has()" takes names only, as in has(req.headers.accept); look into lists with size()'],
    ['has()', '"has()" takes one argument'],
    ['has(req.foo)', '"req" has no field "foo"'],
  ])('%s is refused', (text, message) => {
    expect(problemOf(text).message).toBe(message);
  });
});
