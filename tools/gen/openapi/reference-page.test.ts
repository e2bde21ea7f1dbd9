import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { documentOf, openapiDocument } from './openapi-document.ts';
import { referencePage } from './reference-page.ts';

describe('the page of the API', () => {
  let page = '';
  let operationIds: string[] = [];
  beforeAll(async () => {
    const document = await openapiDocument();
    page = referencePage(document);
    operationIds = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
  });

  it('has an anchor for each operation, once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids).toEqual(expect.arrayContaining(operationIds));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('leads nowhere but to itself and to the document', () => {
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map((match) => `#${match[1]}`));
    const links = [...page.matchAll(/(?:href|src|action)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => link !== 'openapi.json' && !ids.has(link))).toEqual([]);
    expect(links).toContain('openapi.json');
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\son\w+=|\sstyle=/);
  });

  it('says how the command line calls an operation', () => {
    expect(page).toContain('adit api tunnel-sessions stop &lt;id&gt;');
  });
});

it('the page shows text as text', () => {
  const hostile = '<img src=x onerror="alert(1)"> & `<b>`';
  const schema = z.object({ field: z.enum(['<i>']).describe(hostile) }).meta({ id: 'Hostile' });
  const docs = { operationId: 'hostile', summary: hostile, body: schema, response: { 200: schema } };
  const page = referencePage(documentOf([{ method: 'POST', path: '/<u>', needsKey: true, schema: docs }]));
  expect(page).not.toMatch(/<(?:img|b|i|u)>|<img/);
  expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; <code>&lt;b&gt;</code>');
});
