import { HeaderFields, type ResultShape } from '@adit/policy-kit';
import { describe, expect, test } from 'vitest';
import { evaluate, failureOf, problemOf, sampleExpressions } from './evaluate.testkit.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { ExpressionProblem } from './expression-problem.ts';
import { sampleNowMs, sampleRequest, sampleResponse, sampleScope } from './sample-scope.testkit.ts';

describe('an expression is refused:', () => {
  test.each<[text: string, message: string, at: string, hint?: string]>([
    ['', 'it is empty', ''],
    ['  \n', 'it is empty', ''],
    ['req.method ==', 'it ends too early', ''],
    ['(req.method', 'it ends too early: RPAREN is missing', ''],
    ['"abc', 'a text has no closing quote', '"abc'],
    ['req.method = "a"', 'Unexpected character: =', '='],
    ['a b', "Unexpected character: 'b'", 'b'],
    // Names.
    ['foo', 'there is no variable "foo"', 'foo', 'there are conn, endpoint, time, vars, actions, req, res, event'],
    ['rec.method', 'there is no variable "rec"', 'rec', 'did you mean "req"?'],
    ['true && req.metod == "a"', '"req" has no field "metod"', 'metod', 'did you mean "req.method"?'],
    ['req.url.pathh', '"req.url" has no field "pathh"', 'pathh', 'did you mean "req.url.path"?'],
    ['req.?metod', '"req" has no field "metod"', 'metod', 'did you mean "req.method"?'],
    ['req["metod"]', '"req" has no field "metod"', '"metod"', 'did you mean "req.method"?'],
    [
      'req.cookies["a"][0].valu',
      '"req.cookies["a"][0]" has no field "valu"',
      'valu',
      'did you mean "req.cookies["a"][0].value"?',
    ],
    [
      'getReqCookie("a").valu',
      '"getReqCookie("a")" has no field "valu"',
      'valu',
      'did you mean "getReqCookie("a").value"?',
    ],
    [
      'actions.adit.sample_acton.text',
      '"actions.adit" has no field "sample_acton"',
      'sample_acton',
      'did you mean "actions.adit.sample_action"?',
    ],
    [
      'actions.ngrok.sample_action.inner.cod',
      '"actions.ngrok.sample_action.inner" has no field "cod"',
      'cod',
      'did you mean "actions.ngrok.sample_action.inner.code"?',
    ],
    ['req.__proto__', '"req" has no field "__proto__"', '__proto__'],
    ['req.constructor', '"req" has no field "constructor"', 'constructor'],
    ['hash', '"hash" is followed by one of its functions', 'hash'],
    ['google.protobuf.Timestamp', 'there is no variable "google"', 'google'],
    // Functions.
    [
      'req.method.starts_with("a")',
      'there is no function ".starts_with()"',
      'starts_with',
      'did you mean ".startsWith()"?',
    ],
    ['startsWith("a", "b")', 'there is no function "startsWith()"', 'startsWith', 'there is ".startsWith()"'],
    ['hash.sha265("a")', 'there is no function "hash.sha265()"', 'sha265', 'did you mean "hash.sha256()"?'],
    ['cel.bind(x, 1, x)', 'there is no function ".bind()"', 'bind'],
    ['b"a".json()', 'there is no function ".json()"', 'json'],
    ['"a".our_matches("b")', 'there is no function ".our_matches()"', 'our_matches'],
    ['"a".replace("b")', '".replace()" takes 2 or 3 arguments, not 1', 'replace'],
    ['size()', '"size()" takes 1 argument, not 0', 'size'],
    // Types.
    ['1 + "a"', 'the types do not fit: int + string', '1 + "a"'],
    ['req.content_length == "12"', 'the types do not fit: int == string', 'req.content_length == "12"'],
    ['req.method && true', "Logical operator requires bool operands, got 'string'", 'req.method && true'],
    ['conn.ts.start > time.now', 'the types do not fit: timestamp > string', 'conn.ts.start > time.now'],
    ['"a".replace(1, "b")', 'the types do not fit: string.replace(int, string)', '"a".replace(1, "b")'],
    ['"a".indexOf(1)', 'the types do not fit: string.indexOf(int)', '"a".indexOf(1)'],
    ['"a" in req.method', 'the types do not fit: string in string', '"a" in req.method'],
    ['req.cookies["a"].all(c, c.valu == "a")', 'there is no field "valu"', 'valu'],
    ['req.method ? 1 : 2', "Ternary condition must be bool, got 'string'", 'req.method'],
    ['9223372036854775808', 'the number is too large', '9223372036854775808'],
    // Limits.
    [`"${'a'.repeat(16_384)}"`, 'it is longer than 16384 characters', ''],
    [`${'('.repeat(49)}1${')'.repeat(49)}`, 'it is more than 48 levels deep', '('],
    [`[${Array(1_001).fill('1').join(',')}]`, 'a list or map has more than 1000 values', '1'],
    [Array(1_600).fill('1').join('+'), 'it has more than 3000 parts', ''],
    [
      '[1].all(a, [1].all(b, [1].all(c, true)))',
      'more than 2 of all, exists, map and the like are inside each other',
      '[1].all(c, true)',
    ],
    ['!'.repeat(16_000), 'it cannot be read', ''],
  ])('%.60s: %s', (text, message, at, hint) => {
    const problem = problemOf(text);
    if (
      message !== 'it is more than 48 levels deep' &&
      !message.startsWith('it has more') &&
      !message.startsWith('a list or map')
    ) {
      expect(problem.at).toBe(at);
    }
    expect(problem.message).toBe(message);
    if (hint !== undefined) expect(problem.hint).toBe(hint);
  });

  test('a text with a name from a later phase, which is not offered as a hint either', () => {
    expect(problemOf('res.status_code == 200', 'on_http_request')).toEqual({
      message: '"res" is known from on_http_response on, and this is evaluated in on_http_request',
      at: 'res',
      hint: undefined,
    });
    expect(problemOf('rec.method', 'on_tcp_connect').hint).toBe('there are conn, endpoint, time, vars, actions');
  });

  test('a condition that is none', () => {
    const condition = (text: string) => sampleExpressions.condition(text, 'on_http_request');
    expect(() => condition('req.method')).toThrow('it is not a condition: it is not true or false, but string');
    expect(() => condition('timestamp(time.now)')).toThrow('it is not true or false, but timestamp');
    expect(() => condition('1 +')).toThrow(ExpressionProblem);
  });
});

describe('a condition', () => {
  test('is true or false', () => {
    const condition = sampleExpressions.condition('req.method == "POST"', 'on_http_request');
    expect(condition.text).toBe('req.method == "POST"');
    expect(condition.evaluate(sampleScope())).toBe(true);
    expect(condition.evaluate(sampleScope({ request: sampleRequest({ method: 'GET' }) }))).toBe(false);
  });

  test('of a type that is not known before fails unless it is one', () => {
    const condition = sampleExpressions.condition('vars.flag', 'on_tcp_connect');
    expect(condition.evaluate(sampleScope({ variables: new Map([['flag', true]]) }))).toBe(true);
    expect(() => condition.evaluate(sampleScope({ variables: new Map([['flag', 'true']]) }))).toThrow(
      EvaluationFailure,
    );
    expect(() => condition.evaluate(sampleScope())).toThrow(EvaluationFailure);
  });
});

describe('results of actions', () => {
  const values = {
    text: 'x',
    yes: true,
    count: 3,
    share: 0.5,
    anything: { a: [1] },
    texts: ['a'],
    things: [1, 'a', null],
    pairs: { k: 'v' },
    claims: { sub: 'anna', exp: 5, constructor: 'c', nested: { list: [{ x: 1 }] } },
    inner: { code: 'c', deeper: { count: 9n } },
  };
  const scope = sampleScope({ results: new Map([['sample_action', values]]) });

  test.each([
    ['text', 'x'],
    ['yes', true],
    ['count', 3n],
    ['count + 1', 4n],
    ['share', 0.5],
    ['anything.a[0]', 1],
    ['texts', ['a']],
    ['things', [1, 'a', null]],
    ['pairs["k"]', 'v'],
    ['pairs', new Map([['k', 'v']])],
    ['claims.sub', 'anna'],
    ['claims.exp > 4', true],
    ['claims["constructor"]', 'c'],
    ['claims.nested.list[0].x', 1],
    ['inner.code', 'c'],
    ['inner.deeper.count', 9n],
  ])('%s is %s, under both names', (path, expected) => {
    expect(evaluate(`actions.adit.sample_action.${path}`, { scope })).toEqual(expected);
    expect(evaluate(`actions.ngrok.sample_action.${path}`, { scope })).toEqual(expected);
  });

  test('are not there before the action ran, nor what it did not leave', () => {
    expect(evaluate('has(actions.adit.sample_action)')).toBe(false);
    expect(evaluate('has(actions.adit.sample_action)', { scope })).toBe(true);
    expect(failureOf('actions.adit.sample_action.text')).toBe('a field or key is not there');
    const empty = sampleScope({ results: new Map([['sample_action', {}]]) });
    expect(evaluate('has(actions.adit.sample_action.text)', { scope: empty })).toBe(false);
    expect(failureOf('actions.adit.sample_action.inner.code', { scope: empty })).toBe('a field or key is not there');
  });

  test('of another type than declared are a failure', () => {
    const wrong = sampleScope({ results: new Map([['sample_action', { text: 5, count: 1.5, texts: [1] }]]) });
    const why = 'a field has another type than declared';
    expect(failureOf('actions.adit.sample_action.text', { scope: wrong })).toBe(why);
    expect(failureOf('actions.adit.sample_action.count', { scope: wrong })).toBe(why);
  });
});

describe('further variables', () => {
  const shape: ResultShape = { attempts: 'int', last_attempt: { status: 'int', headers: 'map<string, dyn>' } };
  const compile = (text: string) => sampleExpressions.condition(text, 'on_http_request', shape);

  test('have the values that come with the evaluation', () => {
    const condition = compile('attempts < 3 && last_attempt.status >= 500 && req.method == "POST"');
    const scope = sampleScope();
    expect(condition.evaluate(scope, { attempts: 2, last_attempt: { status: 503 } })).toBe(true);
    expect(condition.evaluate(scope, { attempts: 3, last_attempt: { status: 503 } })).toBe(false);
    expect(() => condition.evaluate(scope, { attempts: 2 })).toThrow(EvaluationFailure);
    expect(() => condition.evaluate(scope)).toThrow('something is not known in this phase');
  });

  test('are checked like others, and known nowhere else', () => {
    expect(() => compile('attempts == "a"')).toThrow('the types do not fit: int == string');
    expect(() => compile('last_attempt.stauts == 1')).toThrow('"last_attempt" has no field "stauts"');
    expect(() => compile('attemps == 1')).toThrow('there is no variable "attemps"');
    expect(problemOf('attempts', 'on_http_request').message).toBe('there is no variable "attempts"');
  });
});

describe('what policies change between two evaluations is seen', () => {
  const scope = () => {
    const variables = new Map<string, unknown>();
    const results = new Map<string, Readonly<Record<string, unknown>>>();
    return { ...sampleScope({ request: sampleRequest(), response: sampleResponse() }), variables, results };
  };

  test('the target', () => {
    const changing = scope();
    expect(evaluate('req.url.path', { scope: changing })).toBe('/api/items');
    if (changing.request) changing.request.target = '/other?x=y';
    expect(evaluate('req.url.path + req.url.query_params["x"][0]', { scope: changing })).toBe('/othery');
    expect(evaluate('req.url', { scope: changing })).toBe('https://app.example.com/other?x=y');
  });

  test.each<[string, (headers: HeaderFields) => void, string, unknown]>([
    ['added', (headers) => headers.add('x-new', '1'), 'req.headers["x-new"]', ['1']],
    ['set to another value', (headers) => headers.set('x-key', 'z'), 'req.headers["x-key"]', ['z']],
    ['set to one of the same length', (headers) => headers.set('content-length', '13'), 'req.content_length', 13n],
    ['removed', (headers) => headers.remove('x-key'), '"x-key" in req.headers', false],
    ['a cookie', (headers) => headers.set('cookie', 'id=9'), 'req.cookies["id"][0].value', '9'],
    ['the media type', (headers) => headers.set('content-type', 'text/plain'), 'req.content_type', 'text/plain'],
    ['the user agent', (headers) => headers.set('user-agent', 'wget/1.0'), 'req.user_agent.name', 'wget'],
    ['its name alone', (headers) => void (headers.lines[0] = 'Guest'), '"guest" in req.headers', true],
  ])('a header line: %s', (_how, change, text, expected) => {
    const changing = scope();
    const before = evaluate(text.replace('["x-new"]', '["x-key"]'), { scope: changing });
    expect(before).not.toEqual(expected);
    if (changing.request) change(changing.request.headers);
    expect(evaluate(text, { scope: changing })).toEqual(expected);
  });

  test('the status, the variables and the results', () => {
    const changing = scope();
    expect(evaluate('res.status_code', { scope: changing })).toBe(302n);
    expect(evaluate('has(vars.x) || has(actions.adit.sample_action)', { scope: changing })).toBe(false);
    if (changing.response) changing.response.status = 200;
    changing.variables.set('x', 'y');
    changing.results.set('sample_action', { text: 'z' });
    expect(evaluate('[string(res.status_code), vars.x, actions.adit.sample_action.text]', { scope: changing })).toEqual(
      ['200', 'y', 'z'],
    );
    changing.results.set('sample_action', { text: 'later' });
    expect(evaluate('actions.adit.sample_action.text', { scope: changing })).toBe('later');
  });

  test('another answer on the same scope', () => {
    const changing = { ...scope(), nowMs: sampleNowMs };
    expect(evaluate('res.location', { scope: changing })).toBe('/index.html');
    changing.response = sampleResponse({ headers: new HeaderFields(['location', '/error']) });
    changing.nowMs += 1_000;
    expect(evaluate('res.location + time.now', { scope: changing })).toBe('/error2026-01-31T12:00:01Z');
  });
});

test('a failure says where, and not a word of the request', () => {
  const scope = sampleScope({ request: sampleRequest({ method: 'SECRETWORD' }) });
  for (const text of [
    'int(req.method)',
    '{}[req.method]',
    'bool(req.method)',
    'timestamp(req.method)',
    '[1][size(req.method)]',
  ]) {
    try {
      evaluate(text, { scope });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(EvaluationFailure);
      const { message, stack = '', cause } = error as EvaluationFailure;
      expect(message + stack).not.toContain('SECRETWORD');
      expect(cause).toBeUndefined();
    }
  }
  expect(() => evaluate('true && {}["a"] == 1', { scope })).toThrow(expect.objectContaining({ offset: 8 }));
});

test('an expression of another phase fails where its variables are missing', () => {
  const { request: _request, ...connected } = sampleScope();
  expect(failureOf('req.method', { scope: connected })).toBe('something is not known in this phase');
});
