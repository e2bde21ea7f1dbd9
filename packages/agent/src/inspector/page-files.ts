import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Answer } from './door/answer.ts';

const types = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' } as const;

/** Everything the page loads. Plain files as a browser runs them: the inspector neither builds nor changes them. */
const files: Readonly<Record<string, { name: string; type: keyof typeof types }>> = {
  '/': { name: 'page.html', type: 'html' },
  '/page.css': { name: 'page.css', type: 'css' },
  '/icon.svg': { name: 'icon.svg', type: 'svg' },
  '/page.js': { name: 'page.js', type: 'js' },
  '/api.js': { name: 'api.js', type: 'js' },
  '/element.js': { name: 'element.js', type: 'js' },
  '/request-list.js': { name: 'request-list.js', type: 'js' },
  '/details.js': { name: 'details.js', type: 'js' },
  '/replay-form.js': { name: 'replay-form.js', type: 'js' },
  '/search.js': { name: 'search.js', type: 'js' },
  '/units.js': { name: 'units.js', type: 'js' },
};

/** A file of the page; null if the path is none. */
export async function pageFile(path: string): Promise<Answer | null> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (!file) return null;
  const body = await readFile(fileURLToPath(new URL(`./page/${file.name}`, import.meta.url)));
  return { status: 200, headers: { 'Content-Type': `${types[file.type]}; charset=utf-8` }, body };
}
