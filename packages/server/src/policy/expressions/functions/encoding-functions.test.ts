import { describe, expect, test } from 'vitest';
import { evaluate, failureOf } from '../evaluate.testkit.ts';

describe('Base64 and basic authentication', () => {
  test.each([
    ["base64.encode(b'hello')", 'aGVsbG8='],
    ["string(base64.decode('aGVsbG8='))", 'hello'],
    ["'some:thing'.encodeBase64()", 'c29tZTp0aGluZw=='],
    ["'c29tZTp0aGluZw=='.decodeBase64()", 'some:thing'],
    ["''.decodeBase64()", ''],
    ["basic_auth.encode('username', 'password1')", 'Basic dXNlcm5hbWU6cGFzc3dvcmQx'],
    ["basic_auth.encode('ü', '')", 'Basic w7w6'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each(["base64.decode('aGVsbG8')", "base64.decode('a*==')", "'a'.decodeBase64()", "base64.decode('====')"])(
    '%s fails',
    (text) => {
      expect(failureOf(text)).toBe('a text is not padded Base64');
    },
  );
});

describe('JSON', () => {
  test.each([
    ['json.decode(\'{"a":"b"}\')["a"]', 'b'],
    ['json.decode(\'["a","b","c"]\')', ['a', 'b', 'c']],
    ['\'{"a":{"b":[1,null,true]}}\'.decodeJson().a.b', [1, null, true]],
    ["'1'.decodeJson() == 1", true],
    ['\'{"a":"b","c":"d"}\'.isJson()', true],
    ["'not json'.isJson()", false],
    ["''.isJson()", false],
    ['json.encode({"b": 1, "a": [1.5, "x", null, true]})', '{"a":[1.5,"x",null,true],"b":1}'],
    ['["a","b"].encodeJson()', '["a","b"]'],
    ['{"c":"d","a":"b"}.encodeJson()', '{"a":"b","c":"d"}'],
    ['json.encode("é\\"")', '"é\\""'],
    ['json.encode(9007199254740993)', '9007199254740993'],
    ['json.encode(timestamp(0))', '"1970-01-01T00:00:00Z"'],
    ['json.encode(duration("1.5s"))', '"1.5s"'],
    ['json.encode(b"hi")', '"aGk="'],
    ['json.encode(req.content_type.parameters)', '{"charset":"utf-8"}'],
    ['json.encode(getReqCookie("theme")).startsWith("{\\"name\\":\\"theme\\",\\"value\\":\\"dark\\"")', true],
    // Names that mean something to JavaScript are names like others.
    ['\'{"__proto__": {"x": 1}, "constructor": 2}\'.decodeJson()["constructor"]', 2],
    ['\'{"__proto__": {"x": 1}}\'.decodeJson()["__proto__"]["x"]', 1],
  ])('%s is %j', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    ["json.decode('{')", 'a text is no JSON'],
    ["json.decode('{}').toString", 'a field or key is not there'],
    ["json.decode('{}')['constructor']", 'a field or key is not there'],
    [`'${'['.repeat(100)}${']'.repeat(100)}'.decodeJson()`, 'a list is too deep'],
  ])('%s fails: %s', (text, why) => {
    expect(failureOf(text)).toBe(why);
  });
});

describe('query strings', () => {
  test.each([
    ['{"c":"d","a":"b"}.encodeQueryString()', 'a=b&c=d'],
    ['queryString.encode({"q": ["x y", "&"], "n": 1, "t": true})', 'n=1&q=x%20y&q=%26&t=true'],
    [
      'queryString.decode("a=b&c=d")',
      new Map([
        ['a', 'b'],
        ['c', 'd'],
      ]),
    ],
    [
      '"a=1&a=2&b=x+y%21&c".decodeQueryString()',
      new Map<string, unknown>([
        ['a', ['1', '2']],
        ['b', 'x y!'],
        ['c', ''],
      ]),
    ],
    ['queryString.decode("a=%zz%C3%28")["a"]', '%zz\ufffd('],
    ['queryString.decode(req.url.query)["name"] == "Jürgen K"', true],
    ['"a=b&c=d".isQueryString()', true],
    ['"not a query string".isQueryString()', false],
    ['"a=%zz".isQueryString()', false],
    ['"".isQueryString()', false],
  ])('%s is %j', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test('encoding anything but plain values fails', () => {
    expect(failureOf('queryString.encode({"a": {"b": 1}})')).toBe(
      'a query string has texts, numbers, true and false in it',
    );
  });
});
