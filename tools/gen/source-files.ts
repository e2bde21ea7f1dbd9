import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const repositoryRoot = resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Files of the repository that match, in order of their paths; what is built or installed is left out. */
export function readSources(patterns: readonly string[]): SourceFile[] {
  const exclude = ['**/node_modules', '**/dist'];
  const paths = globSync([...patterns], { cwd: repositoryRoot, exclude }).map((path) => path.replaceAll('\\', '/'));
  return paths.sort().map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), 'utf8') }));
}
