// `node tools/gen/main.ts` writes docs/reference from the sources; `--check` writes nothing and fails on a difference.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generate, referencePages } from './reference-pages.ts';
import { repositoryRoot } from './source-files.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const problems = await generate(referencePages, join(repositoryRoot, 'docs/reference'), values.check);
for (const problem of problems) console.error(`docs/reference/${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
