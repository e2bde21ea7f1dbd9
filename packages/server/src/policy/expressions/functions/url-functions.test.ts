import { describe, expect, test } from 'vitest';
import { evaluate, failureOf } from '../evaluate.testkit.ts';

describe('functions of URLs', () => {
  test.each([
    ["'i;md/r/$y'.escapeUrl()", 'i%3Bmd%2Fr%2F%24y'],
    ["url.escape('a b!~-_.é')", 'a%20b%21~-_.%C3%A9'],
    ["'i%3Bmd%2Fr%2F%24y'.unescapeUrl()", 'i;md/r/$y'],
    ["url.unescape('%2Ffoo')", '/foo'],
    ["url.parse('https://ngrok.com').host", 'ngrok.com'],
    ["'https://ngrok.com'.parseUrl().scheme", 'https'],
    ["url.parse('https://u:p@Example.com:8443/a?b=c#d').authority", 'u:p@Example.com:8443'],
    ["url.parse('https://u:p@Example.com:8443/a?b=c#d').host", 'example.com'],
    ["url.parse('https://u:p@Example.com:8443/a?b=c#d').port", 8443n],
    ["url.parse('https://u:p@Example.com:8443/a?b=c#d').user_password", 'u:p'],
    ["url.parse('https://u:p@Example.com:8443/a?b=c#d').fragment", 'd'],
    ["url.parse('https://a.example/?b=c&b=d').query_params['b']", ['c', 'd']],
    ["url.parse('/only/a/path?x').path", '/only/a/path'],
    ["url.parse('http://[2001:DB8::1]:80/').host", '2001:db8::1'],
    ['url.parse(req.url).host == req.host', true],
    ["'https://ngrok.com'.isURL()", true],
    ["'not a url'.isURL()", false],
    ["'/path'.isURL()", false],
    ["'mailto:a@b.c'.isURL()", false],
    ["'https://a.example:x/'.isURL()", false],
    ["'https://a.example/%zz'.isURL()", false],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    ["url.unescape('%zz')", 'a text is not percent-encoded'],
    ["url.parse('a b')", 'a text is no URL'],
    ["url.parse('http://a:123456/')", 'a text is no URL'],
    ["url.parse('https://a.example').port", 'a field or key is not there'],
  ])('%s fails: %s', (text, why) => {
    expect(failureOf(text)).toBe(why);
  });
});
