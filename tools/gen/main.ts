// `node tools/gen/main.ts` writes docs/reference, and what packages ship of it, from the sources; `--check` writes nothing and fails on a difference.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packagedFiles } from './packaged-files.ts';
import { generate, referencePages } from './reference-pages.ts';
import { repositoryRoot } from './source-files.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const pages = await generate(referencePages, join(repositoryRoot, 'docs/reference'), values.check);
const files = await generate(packagedFiles, repositoryRoot, values.check);
const problems = [...pages.map((problem) => `docs/reference/${problem}`), ...files];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
