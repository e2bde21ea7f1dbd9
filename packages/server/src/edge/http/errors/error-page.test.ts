import { createHash } from 'node:crypto';
import { AditError, errorTable } from '@adit/contracts';
import { expect, test } from 'vitest';
import { errorPage, errorPageSecurityPolicy } from './error-page.ts';

const page = errorPage(new AditError(3200), { requestId: 'req_1', host: 'a.test' });
const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';

test('the policy of the page allows its own style and nothing else', () => {
  const hash = createHash('sha256').update(style).digest('base64');
  expect(errorPageSecurityPolicy).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  expect(page).not.toMatch(/<script|<img|<link|style="|https?:|url\(|@import/);
});

test('the page has language, title, one main landmark with all of its text, and headings in their order', () => {
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page).toContain(`<title>${errorTable[3200].title} (404)</title>`);
  expect(page).toContain('name="viewport" content="width=device-width, initial-scale=1"');
  expect(page.match(/<main>/g)).toHaveLength(1);
  expect(/<body>\s*<main>[^]*<\/main>\s*<\/body>/.test(page)).toBe(true);
  expect(page.match(/<h\d>/g)).toEqual(['<h1>', '<h2>', '<h2>']);
});

test('what the page shows is escaped', () => {
  const hostile = errorPage(new AditError(3200), { requestId: '<b>"\'&', host: '<script>' });
  expect(hostile).not.toContain('<script>');
  expect(hostile).toContain('&#60;script&#62;');
  expect(hostile).toContain('&#60;b&#62;&#34;&#39;&#38;');
});

/** Relative luminance (WCAG 2.2). */
function luminance(color: string): number {
  const digits =
    color.length === 4 ? Array.from(color.slice(1), (digit) => digit + digit) : color.match(/[0-9a-f]{2}/g);
  const [red = 0, green = 0, blue = 0] = (digits ?? []).map((pair) => {
    const value = Number.parseInt(pair, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each([
  ['light', 0],
  ['dark', 1],
])('text has a contrast of 4.5 to 1 in the %s scheme (WCAG 1.4.3)', (_, scheme) => {
  const root = [...style.matchAll(/:root\{([^}]*)\}/g)][scheme]?.[1] ?? '';
  const colors = new Map([...root.matchAll(/--(\w+):(#[0-9a-f]+)/g)].map(([, name, color]) => [name, color ?? '']));
  const card = luminance(colors.get('card') ?? '');
  for (const name of ['ink', 'soft', 'mark']) {
    const text = luminance(colors.get(name) ?? '');
    const contrast = (Math.max(card, text) + 0.05) / (Math.min(card, text) + 0.05);
    expect(contrast, name).toBeGreaterThan(4.5);
  }
});
