import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePolicy, readPolicy } from './parse-policy.ts';

const parse = (text: string, hasHttp = true) => parsePolicy(text, { hasHttp }).document;

function refusal(text: string): AditError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AditError) return error;
    throw error;
  }
  throw new Error('It was taken');
}

describe('parsePolicy()', () => {
  const rule = { name: '', expressions: [], actions: [{ type: 'deny', config: {} }] };
  test.each<[title: string, text: string, expected: object]>([
    ['no text', '', {}],
    ['an empty object', '{}', {}],
    ['phases without rules', 'on_http_request: []\non_tcp_connect: []', { on_http_request: [], on_tcp_connect: [] }],
    [
      'words that older YAML takes for others',
      '%YAML 1.1\n---\non_http_request: [{name: no, actions: [{type: deny}]}]',
      {
        on_http_request: [{ ...rule, name: 'no' }],
      },
    ],
    [
      'a field of everything',
      'on_http_request: [{actions: [{type: deny, config: {__proto__: {a: 1}}}]}]',
      {
        on_http_request: [
          { ...rule, actions: [{ type: 'deny', config: JSON.parse('{"__proto__":{"a":1}}') as object }] },
        ],
      },
    ],
    ['JSON', '{"on_http_request":[{"actions":[{"type":"deny"}]}]}', { on_http_request: [rule] }],
    [
      'everything a rule can have',
      'on_http_response:\n  - name: n\n    expressions: ["a", true]\n    actions:\n      - type: log\n        config: {metadata: {a: b}}',
      {
        on_http_response: [
          { name: 'n', expressions: ['a', 'true'], actions: [{ type: 'log', config: { metadata: { a: 'b' } } }] },
        ],
      },
    ],
    [
      'older phases',
      'inbound: [{actions: [{type: deny}]}]\noutbound: []',
      { on_http_request: [rule], on_http_response: [] },
    ],
    ['capitals', 'OnHttpRequest: [{Actions: [{Type: deny}]}]', { on_http_request: [rule] }],
    ['what is switched off: nothing', 'enabled: false\non_http_request: [{actions: [{type: deny}]}]', {}],
    [
      'a rule that is switched off: none',
      'on_http_request: [{enabled: false, actions: [{type: deny}]}]',
      { on_http_request: [] },
    ],
  ])('reads %s', (_title, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test.each<[title: string, text: string, message: string, code?: number]>([
    ['what is no object', '5', 'line 1, column 1 (policy): an object'],
    ['what is no YAML', 'a: [', 'line 1, column 5'],
    [
      'a field twice',
      'on_http_request: []\non_http_request: []',
      'line 2, column 1 (policy): "on_http_request" is there twice',
    ],
    ['a number twice', 'a: {1: x, "1": y}', 'line 1, column 11 (policy): "1" is there twice'],
    [
      'a phase twice in two spellings',
      'on_http_request: [{actions: [{type: deny}]}]\nOnHttpRequest: []',
      'line 2, column 16 (OnHttpRequest): "OnHttpRequest" and "on_http_request" are the same: keep one',
    ],
    [
      'expressions twice in two spellings',
      'on_http_request:\n  - expressions: ["a"]\n    Expressions: ["b"]\n    actions: [{type: deny}]',
      'line 3, column 18 (on_http_request[0].Expressions): "Expressions" and "expressions" are the same: keep one',
    ],
    [
      'a tag that nobody knows',
      'on_http_request: [{actions: [{type: !secret deny}]}]',
      'line 1, column 37 (policy): Unresolved tag',
    ],
    ['a set', 'on_http_request: !!set {a}', 'line 1, column 18 (policy): Unresolved tag'],
    ['a name that is a map', '{{a: 1}: 1}', 'line 1, column 2 (policy): a field is named by text'],
    ['a name that is an alias', 'a: &a x\n*a : 1', 'line 2, column 1 (policy): a field is named by text'],
    [
      'what is very deep',
      `a: ${'['.repeat(100)}${']'.repeat(100)}`,
      'line 1, column 68 (policy): it is more than 64 levels deep',
    ],
    ['what is deeper than the stack', '['.repeat(100_000), '(policy): it is more than 64 levels deep'],
    [
      'an unknown phase',
      '\non_http_requests: []',
      'line 2, column 19 (on_http_requests): "on_http_requests" is no field here; did you mean "on_http_request"?',
    ],
    ['a phase and its older name', 'inbound: []\non_http_request: []', 'keep one'],
    ['rules that are no list', 'on_http_request: {}', 'line 1, column 18 (on_http_request): a list'],
    [
      'a rule without actions',
      'on_http_request:\n  - expressions: []',
      '(on_http_request[0].actions): a rule needs at least one action',
    ],
    [
      'an action without a type',
      'on_http_request:\n  - actions: [{}]',
      'line 2, column 15 (on_http_request[0].actions[0]): an action needs a "type"',
    ],
    [
      'an unknown field of a rule',
      'on_http_request: [{action: [], actions: [{type: deny}]}]',
      'did you mean "actions"?',
    ],
    [
      'an expression that is no text',
      'on_http_request: [{expressions: [[]], actions: [{type: deny}]}]',
      'text is wanted',
    ],
    ['blanks', ' \n', '(policy): there is nothing in it'],
    ['a remark', '# rules\n---', '(policy): there is nothing in it'],
    ['a phase without anything behind it', 'on_http_request:', 'line 1, column 17 (on_http_request): a list is wanted'],
    ['JSON that says null', '{"on_http_request":null}', '(on_http_request): a list is wanted here; write []'],
    [
      'expressions without anything behind them',
      'on_http_request:\n  - actions: [{type: deny}]\n    expressions:',
      '(on_http_request[0].expressions): a list is wanted',
    ],
    ['enabled that is no truth value', 'enabled: 1', '"enabled" is true or false'],
    ['aliases', 'on_http_request: [&a {actions: [{type: deny}]}, *a]', 'line 1, column 49 (policy): aliases'],
    ['aliases of nothing', 'on_http_request: [&a [], *a]', 'line 1, column 26 (policy): aliases'],
    ['too long a text', `#${'x'.repeat(131_072)}`, 'longer than 131072'],
    ['too many rules', `on_http_request: [${'{actions: [{type: deny}]},'.repeat(101)}]`, '100 rules', 2264],
    ['too many actions', `on_http_request: [{actions: [${'{type: log},'.repeat(51)}]}]`, '50 actions', 2265],
  ])('refuses %s, saying where', (_title, text, message, code = 9600) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  test('tells every mistake, and all of them to programs', () => {
    const error = refusal('on_http_request:\n  - actions: [{}]\n    x: 1\n');
    expect(error.details['problems']).toMatchObject([
      { line: 3, path: 'on_http_request[0].x', code: 'ERR_ADIT_9600', page: 'docs/reference/policies.md' },
      { line: 2, path: 'on_http_request[0].actions[0]' },
    ]);
  });

  test('takes null for nothing in data of older agents', () => {
    const data = { inbound: null, outbound: [{ expressions: null, actions: [{ type: 'deny' }] }] };
    expect(readPolicy(data, { hasHttp: true })).toEqual({ on_http_request: [], on_http_response: [rule] });
    expect(readPolicy(null, { hasHttp: true })).toEqual({});
  });

  test('[invariant: fail-closed] of a file that is half written takes whole actions only, never none', () => {
    const text = `on_http_request:
  - name: office
    expressions:
      - "conn.client_ip != '10.0.0.1'"
    actions:
      - type: deny
        config:
          status_code: 404
  - actions:
      - type: basic-auth
        config: {credentials: ["ann:correct horse"]}
`;
    const taken = new Set<string>();
    for (let length = 1; length < text.length; length++) {
      try {
        const { on_http_request: rules = [] } = parse(text.slice(0, length));
        taken.add(JSON.stringify(rules.map(({ expressions, actions }) => [expressions.length, actions.length])));
      } catch (error) {
        expect(error).toBeInstanceOf(AditError);
      }
    }
    expect(taken).toEqual(new Set(['[[1,1]]', '[[1,1],[0,1]]']));
  });

  // Each took from seconds to hours, in which a server does nothing else.
  test.each([
    ['names inside names', '? '.repeat(1_000)],
    ['names inside names, in braces', `${'{? '.repeat(60)}${'}'.repeat(60)}`],
    ['a list of aliases to aliases', ['a: &a []', 'b: &b [*a, *a]', 'c: [*b, *b]'].join('\n')],
  ])('refuses %s at once', (_title, text) => {
    expect(refusal(text).code).toBe(9600);
  });

  test('takes thousands of names, and tells of the first hundred mistakes', () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `k${i.toString(36)}: 1`).join('\n');
    const { details, message } = refusal(text);
    expect(details['problems']).toHaveLength(100);
    expect(message).toMatch(/; and 9990 more$/);
  });

  test('answers or refuses whatever it is given', () => {
    const piece = fc.constantFrom(
      'on_http_request',
      'actions',
      'type',
      ':',
      '[',
      ']',
      '{',
      '}',
      ',',
      '- ',
      '\n',
      ' ',
      '&a',
      '*a',
      '!!x',
      '"',
      '|',
      '? ',
      '%',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        try {
          parse(any);
        } catch (error) {
          expect(error).toBeInstanceOf(AditError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
