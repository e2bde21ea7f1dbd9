import { describe, expect, test } from 'vitest';
import { evaluate, failureOf, sampleExpressions } from './evaluate.testkit.ts';
import { sampleScope } from './sample-scope.testkit.ts';

const long = 'a'.repeat(60_000);
const scope = sampleScope({
  variables: new Map<string, unknown>([
    ['long', long],
    ['list', Array.from({ length: 10_000 }, (_, i) => `k${i}`)],
    ['half', long.slice(0, 20_000)],
    ['digits', '1'.repeat(60_000)],
    ['json', `[${Array(30_000).fill('1').join(',')}]`],
  ]),
});

/** In memory three lists of a thousand, on paper one of a billion. */
const billion = '[lists.range(1000)].map(a, a.map(x, a)).map(b, b.map(y, b))';
const eightfold = '.map(a, a+a+a+a+a+a+a+a)'.repeat(8);

/** Many texts that differ at their ends. */
const alike = '[[vars.long + "b", vars.long + "c"]].map(p, lists.range(2000).map(i, p[i % 2])';

test('all evaluations for one decision are bounded together, also those that fail', () => {
  const decision = sampleScope({});
  const again = (text: string) => () => sampleExpressions.condition(text, 'on_http_request').evaluate(decision);
  const [heavy, failing] = [
    again('lists.range(9000).all(x, x >= 0)'),
    again('lists.range(500).all(x, x / (x - x) > 0)'),
  ];
  for (let i = 0; i < 8; i++) expect(heavy()).toBe(true);
  for (let i = 0; i < 8; i++) expect(failing).toThrow('division by zero');
  expect(() => {
    for (let i = 0; i < 8; i++) heavy();
  }).toThrow('it takes too many steps');
  expect(again('1 == 1')).toThrow('it takes too many steps');
});

/** Each of these would take from seconds to longer than anybody waits, or more memory than there is. */
describe('one evaluation is bounded', () => {
  test.each([
    ['vars.list.map(x, vars.list.map(y, y))', 'it takes too many steps'],
    ['vars.list.all(x, vars.list.all(y, x == x))', 'it takes too many steps'],
    ['vars.list.exists(x, x.missing == 1)', 'it takes too many steps'],
    ['vars.list.exists(x, vars.list.exists(y, x.missing == 1))', 'it takes too many steps'],
    ['vars.list.all(x, x in vars.list)', 'it takes too many steps'],
    ['vars.list.all(x, vars.list == vars.list + [])', 'it takes too many steps'],
    ['vars.list.all(x, vars.long.sha256() != "")', 'it takes too many steps'],
    ['vars.list.all(x, vars.long.trim() != "")', 'it takes too many steps'],
    ['vars.list.all(x, vars.long + "b" != vars.long + "c")', 'it takes too many steps'],
    ['vars.list.all(x, vars.json.isJson())', 'it takes too many steps'],
    ['vars.list.all(x, x.matches(x))', 'it takes too many steps'],
    ['vars.long.matches("(a|b)*a(a|b){200}[cd]")', 'it takes too many steps'],
    [`${Array(600).fill('size(vars.long)').join('+')} == 0`, 'it takes too many steps'],
    [`[[1]]${eightfold}`, 'a list becomes too long'],
    [`["a"]${eightfold}`, 'it takes too many steps'],
    [`[b"a"]${eightfold}`, 'it takes too many steps'],
    [`${billion} == ${billion}`, 'it takes too many steps'],
    [`${billion}[0] in ${billion}`, 'it takes too many steps'],
    [`${billion}.encodeJson()`, 'a text becomes too long'],
    [`"%s".format([${billion}])`, 'a text becomes too long'],
    [`${billion}.flatten(9)`, 'a list becomes too long'],
    [`${billion}.distinct()`, 'a text becomes too long'],
    ['lists.range(5000).map(x, vars.long).encodeJson()', 'a text becomes too long'],
    ['{"a": lists.range(5000).map(x, vars.long)}.encodeQueryString()', 'it takes too many steps'],
    ['lists.range(1000).all(x, req.headers.encodeQueryString() != string(x))', 'it takes too many steps'],
    ['vars.long.replace("", vars.long)', 'a text becomes too long'],
    ['vars.long.replace("a", vars.long)', 'a text becomes too long'],
    // Nearly found at each place.
    ['vars.long.contains(vars.half + "b" + vars.half)', 'it takes too many steps'],
    ['vars.long.indexOf(vars.half + "b" + vars.half) < 0', 'it takes too many steps'],
    ['vars.long.lastIndexOf(vars.half + "b") < 0', 'it takes too many steps'],
    ['vars.long.split(vars.half + "b" + vars.half).size() == 1', 'it takes too many steps'],
    ['vars.long.replace(vars.half + "b" + vars.half, "") == ""', 'it takes too many steps'],
    [`${alike}.sort())`, 'it takes too many steps'],
    [`${alike}.sortBy(x, x))`, 'it takes too many steps'],
    [`${alike}.distinct())`, 'it takes too many steps'],
    ['vars.list.join(vars.long)', 'a text becomes too long'],
    ['vars.long.split("")', 'a list becomes too long'],
    ['"%s%s%s%s%s".format([vars.long, vars.long, vars.long, vars.long, vars.long])', 'a text becomes too long'],
    ['vars.json.decodeJson().map(x, x)', 'a list becomes too long'],
    ['lists.range(-9000000000) == lists.range(9000000000)', 'a list becomes too long'],
    ['duration(vars.digits)', 'a text is no duration such as "1h30m"'],
    ['timestamp(vars.digits)', 'a text is no point in time by RFC 3339'],
    ['int(vars.digits)', 'a text is no whole number'],
  ])('%s fails', (text, why) => {
    expect(failureOf(text, { scope })).toBe(why);
  });

  test('a template writes no more than that either', () => {
    const template = sampleExpressions.template(`\${${billion}}`, 'on_tcp_connect');
    expect(() => template.render(scope)).toThrow('a text becomes too long');
    expect(() => template.value(scope)).not.toThrow();
  });
});

describe('what is within the limits has a value', () => {
  test.each([
    ['vars.list.exists(x, x == "k9999")', true],
    ['vars.list.map(x, x.upper()).size()', 10_000n],
    ['vars.long.upper().size()', 60_000n],
    ['vars.long.matches("^a+$")', true],
    ['vars.json.decodeJson().size()', 30_000n],
    ['vars.long.contains(vars.long)', true],
    [`vars.long.contains("${'a'.repeat(1_000)}b")`, false],
    ['vars.list.distinct().size()', 10_000n],
    ['vars.long.sha256().size()', 64n],
    ['lists.range(100).all(x, lists.range(100).all(y, x + y >= 0))', true],
    ['(vars.long + vars.long + vars.long + vars.long).size()', 240_000n],
  ])('%s', (text, expected) => {
    expect(evaluate(text, { scope })).toBe(expected);
  });

  test('after one that went over them', () => {
    expect(failureOf('vars.list.all(x, x in vars.list)', { scope })).toBe('it takes too many steps');
    expect(evaluate('vars.list.exists(x, x == "k9999")', { scope })).toBe(true);
  });
});
