import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', '**/dist'] });
const pageLines = 60;

it('there are documents to check', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/glossary.md']));
});

it.each(documents)('every link of %s leads to a file, and to a heading where it names one', (document) => {
  const links = linksOf(readFileSync(join(root, document), 'utf8'));
  expect(links.filter((link) => !leadsSomewhere(document, link))).toEqual([]);
});

it('ARCHITECTURE.md has at most two pages', () => {
  expect(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(2 * pageLines);
});

it.each([
  ['a relative link', '[a](b.md)', ['b.md']],
  ['two on a line, with code as text', '[`a`](b.md) and [c](d.md#e)', ['b.md', 'd.md#e']],
  ['not an address elsewhere', '[a](https://example.com)', []],
  ['not code', '```\n[a](b.md)\n```\n`[a](c.md)`', []],
])('linksOf() finds %s', (_title, text, links) => {
  expect(linksOf(text)).toEqual(links);
});

it.each([
  ['README.md', 'LICENSE', true],
  ['docs/glossary.md', '../README.md#try-it', true],
  ['README.md', '#what-works-today', true],
  ['README.md', '#no-such-heading', false],
  ['README.md', 'no-such-file.md', false],
])('from %s the link %s leads somewhere: %j', (document, link, expected) => {
  expect(leadsSomewhere(document, link)).toBe(expected);
});

function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[^]*?^```/gm, '').replace(/(?<!\[)`[^`\n]*`(?!\])/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '').filter((link) => !/^\w+:/.test(link));
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(readFileSync(join(root, target), 'utf8')).includes(heading);
}

/** Headings the way repository hosts make anchors of them. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
