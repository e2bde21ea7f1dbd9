import { HeaderFields, phases } from '@adit/policy-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PolicyScope } from '../policy-scope.ts';
import { describeLanguage } from './describe-language.ts';
import { sampleExpressions } from './evaluate.testkit.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { ExpressionProblem } from './expression-problem.ts';
import { sampleRequest, sampleResponse, sampleScope } from './sample-scope.testkit.ts';
import { toCel } from './to-cel.ts';
import { writeJson } from './write-value.ts';

const words = [
  ...describeLanguage().variables.map(({ path }) => path.replaceAll('[…]', '[0]')),
  ...describeLanguage().functions.map(({ signature }) =>
    signature.replace(/\): .*/, ')').replace(/^[a-z<>A-Z]+\./, '.'),
  ),
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.',
    ',',
    '?',
    ':',
    '!',
    '-',
    '+',
    '*',
    '/',
    '%',
    '==',
    '<',
    '&&',
    '||',
    'in',
    '=',
    '$',
  ],
  ...[
    '"',
    "'",
    '"""',
    'r"',
    'b"',
    '\\',
    '\\u12',
    '//',
    '\n',
    ' ',
    '1',
    '0x',
    '1e',
    '9999999999999999999',
    '1u',
    '1.5',
    'null',
    'true',
  ],
  ...[
    'x',
    '.all(x, ',
    '.map(x, ',
    '.sortBy(x, ',
    'has(',
    '.?',
    '[?',
    '.matches("(',
    'cel.bind(x, ',
    '__proto__',
    'as',
    'vars.',
    'req.',
  ],
];
const soup = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((pieces) => pieces.join(''));

/** Expressions that compile more often than not. */
const { expression: wellFormed } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      'req.method',
      'req.url',
      'req.url.path',
      'req.headers',
      'req.cookies',
      'req.content_length',
      'vars.a',
      'vars',
    ),
    fc.constantFrom(
      '1',
      '-2',
      '1.5',
      '"a"',
      '"é😀"',
      'true',
      'null',
      '[]',
      '["a", "b"]',
      '{"a": 1}',
      'b"\\xff"',
      'time.now',
    ),
    fc.constantFrom(
      'res.status_code',
      'res.cookies',
      'event.data',
      'conn.client_ip',
      'conn.ts.start',
      'req.user_agent.name',
      'timestamp(0)',
    ),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '&&', '||', 'in'),
        tie('expression'),
      )
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc
      .tuple(tie('expression'), fc.constantFrom(...describeLanguage().functions.map(({ signature }) => signature)))
      .chain(([receiver, signature]) => {
        const [, group = '', name = '', params = ''] = /^(?:([\w.<>]+)\.)?(\w+)\((.*)\):/.exec(signature) ?? [];
        const count = params === '' ? 0 : params.split(',').length;
        const isNamespace = /^(?:base64|basic_auth|hash|json|lists|queryString|rand|secrets|strings|url)$/.test(group);
        const before = group === '' ? '' : isNamespace ? `${group}.` : `dyn(${receiver}).`;
        const isMacro = params.startsWith('x,');
        return fc
          .array(tie('expression'), { minLength: count, maxLength: count })
          .map(
            (args) =>
              `${before}${name}(${(isMacro ? ['x', ...args.slice(1)] : args.map((arg) => `dyn(${arg})`)).join(', ')})`,
          );
      }),
    fc
      .tuple(tie('expression'), fc.constantFrom('.a', '["a"]', '[0]', '[?"a"].orValue(1)'))
      .map(([a, access]) => a + access),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([a, b, c]) => `(dyn(${a}) ? dyn(${b}) : dyn(${c}))`),
  ),
}));

const header = fc.tuple(
  fc.constantFrom('Cookie', 'Content-Type', 'content-length', 'User-Agent', 'X-A', 'Set-Cookie', 'Location'),
  fc.string(),
);
const headers = fc.array(header, { maxLength: 6 }).map((lines) => new HeaderFields(lines.flat()));
const scopes: fc.Arbitrary<PolicyScope> = fc
  .record({
    target: fc.oneof(
      fc.webPath(),
      fc.string().map((text) => `/${text}`),
      fc.constant('*'),
    ),
    method: fc.string(),
    requestHeaders: headers,
    responseHeaders: headers,
    hasBody: fc.boolean(),
    data: fc.option(fc.oneof(fc.string(), fc.json()), { nil: undefined }),
    a: fc.anything({ withMap: true, withBigInt: true, maxDepth: 3 }),
  })
  .map(({ target, method, requestHeaders, responseHeaders, hasBody, data, a }) =>
    sampleScope({
      request: sampleRequest({ target, method, headers: requestHeaders, hasBody }),
      response: sampleResponse({ headers: responseHeaders, hasBody }),
      event: { data, event: undefined, id: undefined, retry: undefined },
      variables: new Map([['a', a]]),
    }),
  );

test('anything that is no expression is refused with a place inside of it', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: 'binary' }), soup),
      fc.constantFrom(...phases),
      (text, phase) => {
        try {
          sampleExpressions.expression(text, phase);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionProblem);
          const { offset, length, message, hint } = error as ExpressionProblem;
          expect(offset >= 0 && length >= 0 && offset + length <= text.length).toBe(true);
          expect(message.length + (hint?.length ?? 0)).toBeLessThan(1_000);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('anything that is no template is refused with a place inside of it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(soup, fc.constantFrom('${', '}', '$${', '"')), { maxLength: 6 }), (pieces) => {
      const text = pieces.join('');
      try {
        sampleExpressions.template(text, 'on_http_request');
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionProblem);
        const { offset, length } = error as ExpressionProblem;
        expect(offset >= 0 && offset + length <= text.length).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('an expression has the same value each time, or fails as one', () => {
  let compiled = 0;
  let valued = 0;
  fc.assert(
    fc.property(wellFormed, scopes, (text, scope) => {
      const program = compiledOrNone(text);
      if (!program) return;
      compiled += 1;
      const first = outcome(() => program.evaluate(scope));
      if (!first.startsWith('failure')) valued += 1;
      expect(first).not.toBe('not a failure');
      if (!/rand\./.test(text)) expect(outcome(() => program.evaluate({ ...scope }))).toBe(first);
    }),
    { numRuns: 2_000 },
  );
  // That it says something at all.
  expect(compiled).toBeGreaterThan(500);
  expect(valued).toBeGreaterThan(100);
});

test('toCel() takes any JSON, and it is written as the same JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(JSON.parse(writeJson(toCel(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

function compiledOrNone(text: string): ReturnType<typeof sampleExpressions.expression> | undefined {
  try {
    return sampleExpressions.expression(text, 'on_event_stream_message');
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionProblem);
    return undefined;
  }
}

function outcome(evaluate: () => unknown): string {
  try {
    return describe(evaluate());
  } catch (error) {
    return error instanceof EvaluationFailure ? `failure: ${error.message}` : 'not a failure';
  }
}

/** Enough to tell values apart. */
function describe(value: unknown): string {
  try {
    return `${typeof value} ${writeJson(value)}`;
  } catch {
    return `${typeof value} that is not written`;
  }
}
