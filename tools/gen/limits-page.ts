import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { markdownPage, markdownTable } from './markdown.ts';
import { readSources, repositoryRoot, type SourceFile } from './source-files.ts';

export interface Limit {
  readonly name: string;
  readonly meaning: string;
  /** What the docstring claims, if it does. */
  readonly claimedDefault: number | undefined;
}

/** Every `*-limits.ts`: an interface of documented numbers, and an exported object with their defaults. */
export async function limitsPage(): Promise<string> {
  const files = readSources(['packages/*/src/**/*-limits.ts']);
  const sections = await Promise.all(files.map(async (file) => limitsSection(file, await importDefaults(file))));
  const intro = 'Every limit, time-out and buffer with its default. Times are milliseconds, sizes are bytes.';
  return markdownPage('Limits', [intro, ...sections]);
}

/** @throws {Error} A limit without a meaning, without a value, or with a default other than its docstring claims. */
export function limitsSection(file: SourceFile, defaults: Readonly<Record<string, unknown>>): string {
  const { about, limits } = parseLimits(file);
  const rows = limits.map(({ name, meaning, claimedDefault }) => {
    const value = defaults[name];
    if (typeof value !== 'number') throw new Error(`${file.path}: "${name}" has no default`);
    if (claimedDefault !== undefined && claimedDefault !== value) {
      throw new Error(`${file.path}: "${name}" is ${value}, but its docstring says ${claimedDefault}`);
    }
    return [`\`${name}\``, `${value.toLocaleString('en-US')} ${unitOf(name)}`, meaning];
  });
  const table = markdownTable(['limit', 'default', 'meaning'], rows);
  return [`## ${chapterOf(file.path)}`, `${about} From \`${file.path}\`.`, table].join('\n\n');
}

/** Reads the interface and the docstring above each of its fields. @throws {Error} A field that is not documented. */
export function parseLimits({ path, text }: SourceFile): { about: string; limits: Limit[] } {
  const declaration = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export interface \w*Limits \{\n([^]*?)\n\}/.exec(text);
  if (!declaration) throw new Error(`${path}: there is no documented "export interface …Limits"`);
  const about = plainText(declaration[1] ?? '');
  const fields = (declaration[2] ?? '').matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/)?\s*readonly (\w+)\??: ([^;]+);/g);
  return { about, limits: [...fields].map(([, doc, name, type]) => limitOf(path, { doc, name, type })) };
}

function limitOf(path: string, field: Record<'doc' | 'name' | 'type', string | undefined>): Limit {
  const name = field.name ?? '';
  if (!field.doc) throw new Error(`${path}: "${name}" has no docstring`);
  if (field.type !== 'number') throw new Error(`${path}: "${name}" is not a number`);
  const text = plainText(field.doc);
  const claim = /(?:^|\s)Default:? (\d[\d,_]*)(?: (s|min|KiB|MiB)\b)?[^.]*(?:\.|$)/.exec(text);
  const meaning = claim ? text.replace(claim[0], '').trim() : text;
  if (!meaning) throw new Error(`${path}: the docstring of "${name}" does not say what it limits`);
  return { name, meaning, claimedDefault: claim ? numberOf(claim[1] ?? '', claim[2] ?? '') : undefined };
}

/** `5 s` is 5,000 milliseconds, `32 KiB` is 32,768 bytes; any other unit is that of the limit itself. */
const factors: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, KiB: 1_024, MiB: 1_024 ** 2 };

function numberOf(digits: string, unit: string): number {
  return Number(digits.replaceAll(/[,_]/g, '')) * (factors[unit] ?? 1);
}

/** `packages/server/src/edge/http/http-limits.ts` → `server: edge/http`. */
function chapterOf(path: string): string {
  const [, name, , ...rest] = path.split('/');
  return [name, rest.slice(0, -1).join('/')].filter(Boolean).join(': ');
}

function plainText(docstring: string): string {
  return docstring
    .replaceAll(/^\s*\*/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function unitOf(name: string): string {
  if (name.endsWith('Ms')) return 'ms';
  return name.endsWith('Bytes') ? 'bytes' : '';
}

/** All exported objects of the file together. */
async function importDefaults({ path }: SourceFile): Promise<Record<string, unknown>> {
  const exports: Record<string, unknown> = await import(pathToFileURL(join(repositoryRoot, path)).href);
  return Object.assign({}, ...Object.values(exports).filter((value) => typeof value === 'object'));
}
