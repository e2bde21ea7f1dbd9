import { expect, test } from 'vitest';
import { findTests, invariants, invariantsPage } from './invariants-page.ts';

const built = Object.keys(invariants).filter((name) => invariants[name]?.isBuilt);
const oneEach = built.map((invariant) => ({ invariant, path: 'a.test.ts', title: `guards ${invariant}` }));

test.each([
  ["test('refuses it [invariant: x]', () => {", [['x', 'refuses it']]],
  ["])('refuses when $title [invariant: x]', async ({ title: 'y' }) => {", [['x', 'refuses when $title']]],
  ['test("it\'s cut [invariant: x]", run)', [['x', "it's cut"]]],
  ["test('it\\'s cut [invariant: x]', run)", [['x', "it's cut"]]],
  ['test(`refuses ${name} [invariant: x]`, run)', [['x', 'refuses ${name}']]],
  [
    "test('holds both [invariant: x] [invariant: y]', run)",
    [
      ['x', 'holds both'],
      ['y', 'holds both'],
    ],
  ],
  ["test('a', run); test('b [invariant: x]', run)", [['x', 'b']]],
  ['// [invariant: x] in a comment', []],
])('findTests(%j) finds %j', (text, expected) => {
  const found = findTests({ path: 'a.test.ts', text });
  expect(found.map(({ invariant, title }) => [invariant, title])).toEqual(expected);
});

test('invariantsPage() has a chapter for each invariant, its tests, and what is not built yet', () => {
  const page = invariantsPage(oneEach);
  expect([...page.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(Object.keys(invariants));
  expect(page).toContain('| `a.test.ts` | guards fail-closed |');
  expect(page.match(/^Not built yet\.$/gm)).toHaveLength(Object.keys(invariants).length - built.length);
});

test('invariantsPage() refuses a built invariant that no test carries', () => {
  expect(() => invariantsPage(oneEach.slice(1))).toThrow(`no test carries [invariant: ${built[0]}]`);
});

test('invariantsPage() refuses a tag that names no invariant', () => {
  const typo = { invariant: 'fail-close', path: 'b.test.ts', title: 'x' };
  expect(() => invariantsPage([...oneEach, typo])).toThrow('b.test.ts: there is no invariant "fail-close"');
});
