import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPackages, rewriteSpecifiers } from './specifiers.ts';

export const sdkRoot = fileURLToPath(new URL('..', import.meta.url));
const packagesRoot = join(sdkRoot, '..');
const repositoryRoot = join(packagesRoot, '..');
const entry = 'sdk/src/index';

type Versions = Readonly<Record<string, string>>;

interface Built {
  readonly files: number;
  /** Of other people, with the versions that we test with. */
  readonly dependencies: Versions;
}

/**
 * Compiles the SDK into a folder, which is emptied before.
 *
 * @throws {Error} It does not compile, or uses a package that none of ours declares.
 */
export function buildPackage(target: string): Built {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  compile(target);
  const files = globSync('**/*.{js,d.ts}', { cwd: target });
  const foreign = new Set<string>();
  for (const file of files) {
    const path = join(target, file);
    const { text, packages } = rewriteSpecifiers(readFileSync(path, 'utf8'), file);
    for (const name of packages) foreign.add(name);
    writeFileSync(path, text);
  }
  const dependencies = versionsOf([...foreign].sort());
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest(dependencies), null, 2)}\n`);
  cpSync(join(sdkRoot, 'README.md'), join(target, 'README.md'));
  cpSync(join(repositoryRoot, 'LICENSE'), join(target, 'LICENSE'));
  return { files: files.length, dependencies };
}

/** What the entry imports and no more: tests and their kits stay behind. */
function compile(target: string): void {
  const config = join(target, 'tsconfig.json');
  const source = (name: string) => `./${relative(target, join(packagesRoot, name, 'src/index.ts'))}`;
  const compilerOptions = {
    rootDir: relative(target, packagesRoot),
    outDir: '.',
    composite: false,
    incremental: false,
    declarationMap: false,
    sourceMap: false,
    noEmitOnError: true,
    // As sources: through node_modules the compiler would leave them out.
    paths: Object.fromEntries([...ownPackages.keys()].map((name) => [`@adit/${name}`, [source(name)]])),
    typeRoots: [relative(target, join(repositoryRoot, 'node_modules/@types'))],
  };
  const files = [relative(target, join(packagesRoot, `${entry}.ts`))];
  const base = relative(target, join(repositoryRoot, 'tsconfig.base.json'));
  writeFileSync(config, JSON.stringify({ extends: base, compilerOptions, files }));
  const tsc = join(repositoryRoot, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-p', config], { encoding: 'utf8' });
  rmSync(config);
  if (status !== 0) throw new Error(`The SDK does not compile:\n${stdout}`);
}

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
}

function manifest(dependencies: Versions): object {
  const { version, description, license } = read(sdkRoot);
  return {
    name: '@adit/sdk',
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=22.15' },
    sideEffects: false,
    exports: { '.': { types: `./${entry}.d.ts`, default: `./${entry}.js` } },
    dependencies,
  };
}

function versionsOf(names: readonly string[]): Versions {
  const roots = [...[...ownPackages.keys()].map((name) => join(packagesRoot, name)), repositoryRoot];
  const declared: Versions = Object.assign(
    {},
    ...roots.map(read).map((one) => ({ ...one.devDependencies, ...one.dependencies })),
  );
  return Object.fromEntries(
    names.map((name) => {
      const version = declared[name];
      if (version === undefined) throw new Error(`No package.json of ours declares "${name}", which the SDK imports`);
      return [name, version];
    }),
  );
}

function read(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
