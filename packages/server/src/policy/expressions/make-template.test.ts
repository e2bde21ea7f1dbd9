import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleExpressions } from './evaluate.testkit.ts';
import { ExpressionProblem } from './expression-problem.ts';
import { sampleScope } from './sample-scope.testkit.ts';

const template = (text: string) => sampleExpressions.template(text, 'on_http_request');
const scope = sampleScope({ variables: new Map<string, unknown>([['null', null]]) });

describe('a template', () => {
  test.each([
    ['', ''],
    ['no expression', 'no expression'],
    ['$', '$'],
    ['costs $5 {or} so', 'costs $5 {or} so'],
    ['$${req.method}', '${req.method}'],
    ['a $${b} $${c}', 'a ${b} ${c}'],
  ])('%j always says %j', (text, expected) => {
    expect(template(text).constant).toBe(expected);
    expect(template(text).render(scope)).toBe(expected);
    expect(template(text).value(scope)).toBe(expected);
  });

  test('writes each expression as it is asked to, and nothing else', () => {
    const write = (value: string) => `<${value}>`;
    expect(template('a ${req.method} $${b} ${req.method}').render(scope, write)).toBe('a <POST> ${b} <POST>');
  });

  test.each([
    ['${req.method}', 'POST'],
    ['a ${req.method} b ${req.url.path}', 'a POST b /api/items'],
    ['${req.method}${req.method}', 'POSTPOST'],
    ['$${x} ${req.method}', '${x} POST'],
    ['$$${req.method}', '$${req.method}'],
    // Braces and quotes inside of the expression.
    ['${"}"}', '}'],
    ['${\'}\' + "{"}', '}{'],
    ['${{"a": {"b": "}"}}["a"]["b"]}', '}'],
    ['${"""a"}" b"""}', 'a"}" b'],
    ['${"\\"}"}', '"}'],
    ["${r'}'}", '}'],
    ['${1 // }\n + 1}', '2'],
    ['${ \n"x" }', 'x'],
    ['}${"a"}{', '}a{'],
    // How values are written.
    ['${true}', 'true'],
    ['${42}', '42'],
    ['${1.5}', '1.5'],
    ['${2.0}', '2'],
    ['${1.0 / 0.0}', '+Inf'],
    ['${7u}', '7'],
    ['${null}', ''],
    ['${vars["null"]}', ''],
    ['${b"\\xc3\\xa9"}', 'é'],
    ['${["a", 1, null]}', '["a",1,null]'],
    ['${{"b": 1, "a": [true]}}', '{"a":[true],"b":1}'],
    ['${timestamp("2026-01-31T12:00:00Z")}', '2026-01-31T12:00:00Z'],
    ['${duration("90s")}', '90s'],
    [
      '${req.cookies["theme"][0]}',
      '{"domain":"","http_only":false,"name":"theme","path":"","same_site":"","secure":false,"unparsed_attributes":{},"value":"dark"}',
    ],
  ])('%j renders as %j', (text, expected) => {
    expect(template(text).constant === null || text.startsWith('$$$')).toBe(true);
    const rendered = template(text).render(scope);
    expect(rendered.startsWith('{"name') ? JSON.stringify(sortKeys(rendered)) : rendered).toBe(expected);
  });

  test.each([
    ['${1 + 1}', 2n],
    ['${true}', true],
    ['${["a"]}', ['a']],
    ['${null}', null],
    ['${req.method}', 'POST'],
    [' ${1 + 1}', ' 2'],
    ['${1}${2}', '12'],
  ])('%j has the value %s', (text, expected) => {
    expect(template(text).value(scope)).toEqual(expected);
  });

  test.each([
    ['${', '"${" has no "}" that ends it', '${'],
    ['a ${req.method', '"${" has no "}" that ends it', '${'],
    ['a ${"}', '"${" has no "}" that ends it', '${'],
    ['${1 // }', '"${" has no "}" that ends it', '${'],
    ['${}', '"${}" has no expression in it', '${}'],
    ['a ${ \n}', '"${}" has no expression in it', '${ \n}'],
    ['abc ${req.metod} d', '"req" has no field "metod"', 'metod'],
    ['${req.method} ${1 + "a"}', 'the types do not fit: int + string', '1 + "a"'],
    ['${res.status_code}', '"res" is known from on_http_response on, and this is evaluated in on_http_request', 'res'],
    ['${hash}', '"hash" is followed by one of its functions', 'hash'],
    ['${req.?url}', 'it gives no value, but optional<string>', 'req.?url'],
  ])('%j is refused: %s', (text, message, at) => {
    try {
      template(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionProblem);
      const problem = error as ExpressionProblem;
      expect(problem.message).toBe(message);
      expect(text.slice(problem.offset, problem.offset + problem.length)).toBe(at);
    }
  });

  test('that is too long, or has too many expressions, is refused', () => {
    expect(() => template('x'.repeat(65_537))).toThrow('it is longer than 65536 characters');
    expect(() => template('${1}'.repeat(101))).toThrow('it has more than 100 expressions');
    expect(template('${1}'.repeat(100)).render(scope)).toBe('1'.repeat(100));
  });

  test('any text can be said, with each "${" escaped', () => {
    const piece = fc.constantFrom('$', '{', '}', '"', "'", '\\', 'a', '//', '\n', '${');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        // A dollar right before an escape would be read as part of it.
        fc.pre(!text.includes('$${'));
        expect(template(text.replaceAll('${', () => '$${')).render(scope)).toBe(text);
      }),
    );
  });
});

function sortKeys(json: string): unknown {
  return Object.fromEntries(Object.entries(JSON.parse(json) as object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
