// What docs/reference is made of. One file per page renders it; this one only compares and writes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorsPage } from './errors-page.ts';
import { expressionsPage } from './expressions-page.ts';
import { invariantsPage } from './invariants-page.ts';
import { limitsPage } from './limits-page.ts';
import { openapiDocument } from './openapi/openapi-document.ts';
import { optionsPage } from './options-page.ts';
import { policiesPage } from './policies-page.ts';
import { policySchema } from './policy-schema.ts';

/** File name → what renders it. A renderer throws when its sources are at fault. */
export type Pages = Readonly<Record<string, () => string | Promise<string>>>;

/** THE list of generated pages. */
export const referencePages: Pages = {
  'errors.md': errorsPage,
  'expressions.md': expressionsPage,
  'invariants.md': () => invariantsPage(),
  'limits.md': limitsPage,
  'openapi.json': async () => `${JSON.stringify(await openapiDocument(), null, 2)}\n`,
  'options.md': optionsPage,
  'policies.md': policiesPage,
  'traffic-policy.schema.json': () => `${JSON.stringify(policySchema(), null, 2)}\n`,
};

/**
 * Renders every page, into the directory or (`isCheck`) only to compare. Answers one line for each page that could not be
 * rendered, or that differs; a page at fault does not stop the others.
 */
export async function generate(pages: Pages, directory: string, isCheck: boolean): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, render] of Object.entries(pages)) {
    const path = join(directory, name);
    try {
      const page = await render();
      if (!isCheck) writePage(directory, name, page);
      else if (!existsSync(path) || readFileSync(path, 'utf8') !== page) throw new Error('differs: run "npm run gen"');
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return problems;
}

function writePage(directory: string, name: string, page: string): void {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page);
}
