import { posix } from 'node:path';

/** Folder of each of our packages that the SDK is made of → its entry. */
export const ownPackages: ReadonlyMap<string, string> = new Map(
  ['sdk', 'wire', 'contracts'].map((name) => [name, `${name}/src/index.js`]),
);

// As the compiler writes them: one statement on a line, double or single quotes; `import("…")` in declarations.
const specifier = /(?<=(?:\bfrom\s|^import\s|\bimport\()['"])[^'"\n]+(?=['"])/gm;

interface Rewritten {
  readonly text: string;
  /** Packages of other people. */
  readonly packages: ReadonlySet<string>;
}

/**
 * Makes the imports of a compiled file ones that stand by themselves: `@adit/wire` a relative path, and `.ts`, which
 * declarations keep, `.js`.
 *
 * @param file Its path from the root of the package.
 */
export function rewriteSpecifiers(text: string, file: string): Rewritten {
  const packages = new Set<string>();
  const rewritten = text.replace(specifier, (name) => {
    const next = rewriteOne(name, file);
    const [scope = '', second = ''] = next.split('/');
    const isOfOthers = !next.startsWith('.') && !next.startsWith('node:');
    if (isOfOthers) packages.add(scope.startsWith('@') ? `${scope}/${second}` : scope);
    return next;
  });
  return { text: rewritten.replace(/^\/\/# sourceMappingURL=.*\n?/gm, ''), packages };
}

function rewriteOne(name: string, file: string): string {
  if (name.startsWith('.')) return name.replace(/\.ts$/, '.js');
  const entry = name.startsWith('@adit/') ? ownPackages.get(name.slice('@adit/'.length)) : undefined;
  if (entry === undefined) return name;
  const path = posix.relative(posix.dirname(file), entry);
  return path.startsWith('.') ? path : `./${path}`;
}
