import { describe, expect, test } from 'vitest';
import { evaluate, failureOf, problemOf } from '../evaluate.testkit.ts';

describe('short forms for the message at hand', () => {
  test.each([
    ["getReqHeader('X-Key')", ['a', 'b']],
    ["getReqHeader('X-None')", []],
    ["getReqHeader('User-Agent').exists(v, v.matches('(?i)CURL'))", true],
    ["hasReqHeader('Cookie')", true],
    ["hasReqHeader('Authorization')", false],
    ["getReqCookie('id').value", '1'],
    ["hasReqCookie('theme')", true],
    ["hasReqCookie('none')", false],
    ["getQueryParam('q')", ['1', '2']],
    ["size(getQueryParam('none')) == 0", true],
    ["hasQueryParam('name')", true],
    ["hasQueryParam('none')", false],
    ["getResHeader('content-type')", ['text/html']],
    ["hasResHeader('Set-Cookie')", true],
    ["getResCookie('id').path", '/deep/er'],
    ["hasResCookie('theme')", false],
  ])('%s is %j', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test('a cookie that is not there is a failure', () => {
    expect(failureOf("getReqCookie('none').value")).toBe('a field or key is not there');
    expect(failureOf("getResCookie('none').value")).toBe('a field or key is not there');
  });

  test.each([
    ["hasReqHeader('a')", 'on_tcp_connect', 'on_http_request'],
    ["hasResHeader('a')", 'on_http_request', 'on_http_response'],
  ] as const)('%s is refused in %s', (text, phase, since) => {
    const name = text.slice(0, text.indexOf('('));
    const message = `"${name}()" is known from ${since} on, and this is evaluated in ${phase}`;
    expect(problemOf(text, phase)).toEqual({ message, at: name, hint: undefined });
  });
});
