import { openapiDocument } from './openapi/openapi-document.ts';
import { referencePage } from './openapi/reference-page.ts';
import { policyForms } from './policy-forms/policy-forms.ts';
import type { Pages } from './reference-pages.ts';

/** Generated files that ship with a package, by their paths in the repository. */
export const packagedFiles: Pages = {
  'packages/contracts/generated/openapi.json': async () => `${JSON.stringify(await openapiDocument())}\n`,
  'packages/contracts/generated/policy-forms.json': () => `${JSON.stringify(policyForms(), null, 2)}\n`,
  'packages/server/src/control/reference/generated/api.html': async () => referencePage(await openapiDocument()),
};
