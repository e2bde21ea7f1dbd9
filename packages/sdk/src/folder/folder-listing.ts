import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { folderLimits as limits } from './folder-limits.ts';
import { placeInFolder, unlessOutOfFiles } from './folder-open.ts';
import { isServedName } from './folder-path.ts';

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly modified: Date;
}

/** The page that lists a folder; undefined if it is gone or cannot be read. */
export async function listing(root: string, segments: readonly string[]): Promise<string | undefined> {
  const path = await placeInFolder(root, segments);
  const found = path === undefined ? undefined : await readEntries(path).catch(unlessOutOfFiles);
  if (found === undefined) return undefined;
  const title = escaped(`Files in /${segments.map((name) => `${name}/`).join('')}`);
  const up = segments.length > 0 ? '<p><a href="../">Parent folder</a></p>\n' : '';
  const more = found.hasMore ? `<p>Only the first ${limits.maxListedEntries} are listed.</p>\n` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${up}${more}${found.entries.length === 0 ? '<p>There is nothing to show.</p>' : table(found.entries)}
</main>
</body>
</html>
`;
}

const style =
  ':root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:2rem}' +
  'th,td{padding:.2rem 1.5rem .2rem 0;text-align:start}td+td{font-variant-numeric:tabular-nums}';

async function readEntries(path: string): Promise<{ entries: Entry[]; hasMore: boolean }> {
  const names: string[] = [];
  let hasMore = false;
  for await (const { name } of await opendir(path)) {
    if (!isServedName(name)) continue;
    hasMore = names.length === limits.maxListedEntries;
    if (hasMore) break;
    names.push(name);
  }
  const entries = await Promise.all(names.map((name) => readEntry(path, name)));
  return { entries: entries.filter((entry) => entry !== undefined).sort(byKindAndName), hasMore };
}

async function readEntry(path: string, name: string): Promise<Entry | undefined> {
  const found = await lstat(join(path, name)).catch(() => undefined);
  if (found === undefined || (!found.isFile() && !found.isDirectory())) return undefined;
  return { name, isFolder: found.isDirectory(), size: found.size, modified: found.mtime };
}

function byKindAndName(a: Entry, b: Entry): number {
  return Number(b.isFolder) - Number(a.isFolder) || a.name.localeCompare(b.name, 'en', { numeric: true });
}

function table(entries: readonly Entry[]): string {
  const head = ['Name', 'Size', 'Modified'].map((text) => `<th scope="col">${text}</th>`).join('');
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${entries.map(row).join('\n')}\n</tbody>\n</table>`;
}

function row({ name, isFolder, size, modified }: Entry): string {
  const slash = isFolder ? '/' : '';
  const time = modified.toISOString();
  // "./" in front: a name like "javascript:x" must not be read as a scheme.
  const link = `<a href="./${encodeURIComponent(name)}${slash}">${escaped(name)}${slash}</a>`;
  const sizeText = isFolder ? 'folder' : `${size.toLocaleString('en-US')} bytes`;
  const timeText = `${time.slice(0, 16).replace('T', ' ')} UTC`;
  return `<tr><td>${link}</td><td>${sizeText}</td><td><time datetime="${time}">${timeText}</time></td></tr>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
