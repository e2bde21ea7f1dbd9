import type { ApiServer } from '../control-deps.ts';
import { readOnce } from './read-once.ts';
import { documentType, pageType, readDocument, readPage, readPolicyForms } from './reference-files.ts';

// As every page of ours: nothing runs, nothing is loaded from elsewhere, nobody frames it.
const pageHeaders = {
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The API as it describes itself, and the policies it takes. Without a key: it says nothing that is not in the source. */
export function addReferenceRoutes(app: ApiServer): void {
  const [document, page, forms] = [readOnce(readDocument), readOnce(readPage), readOnce(readPolicyForms)];
  const openapi = { operationId: 'getOpenapi', summary: 'Read this document', media: { 200: documentType } };
  app.get('/openapi.json', { schema: openapi }, async (_request, reply) =>
    reply.type(documentType).send(await document()),
  );
  const policyForms = {
    ...{ operationId: 'getPolicyForms', summary: 'Read what each policy can be given, to make forms of' },
    media: { 200: documentType },
  };
  app.get('/policy-forms.json', { schema: policyForms }, async (_request, reply) =>
    reply.type(documentType).send(await forms()),
  );
  const docs = { operationId: 'getDocs', summary: 'Read this document as a page for people', media: { 200: pageType } };
  app.get('/docs', { schema: docs }, async (_request, reply) => {
    const { text, securityPolicy } = await page();
    return reply
      .type(pageType)
      .headers({ ...pageHeaders, 'content-security-policy': securityPolicy })
      .send(text);
  });
}
