import { expect, test } from 'vitest';
import { demoteHeadings, markdownPage, markdownTable } from './markdown.ts';

test('markdownTable() escapes bars and keeps each row on one line', () => {
  expect(
    markdownTable(
      ['a', 'b'],
      [
        ['x | y', 1],
        ['two\nlines', 2],
      ],
    ),
  ).toBe('| a | b |\n|---|---|\n| x \\| y | 1 |\n| two lines | 2 |');
});

test('markdownPage() ends with one line end and says that it is generated', () => {
  expect(markdownPage('T', ['one', 'two\n\n'])).toMatch(/^<!-- Generated .* -->\n\n# T\n\none\n\ntwo\n$/);
});

test('demoteHeadings() leaves code blocks alone', () => {
  expect(demoteHeadings('# A\n```yaml\n# comment\n```\n## B\n')).toBe('## A\n```yaml\n# comment\n```\n### B');
});
