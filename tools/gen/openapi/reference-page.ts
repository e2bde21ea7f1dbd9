import { readFileSync } from 'node:fs';
import type { ApiDocument } from '@adit/contracts';
import { apiCalls } from '../../../packages/agent/src/api/api-calls.ts';
import { fieldList } from './page-fields.ts';
import { html, inlineText } from './page-html.ts';
import { operationArticle } from './page-operation.ts';

/**
 * The page of the API for people, from its document: one file without script that loads nothing, so that it works in a
 * network of its own and there is nothing to trust.
 */
export function referencePage(document: ApiDocument): string {
  const style = readFileSync(new URL('./reference-page.css', import.meta.url), 'utf8');
  const links = [...document.tags.map(({ name }) => name), 'objects'];
  const { title, version, description } = document.info;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)}</title>
<style>
${style}</style>
</head>
<body>
<header>
<h1>${html(title)} <span class="soft">${html(version)}</span></h1>
${description.split('\n\n').map(paragraph).join('\n')}
<p>For programs: <a href="openapi.json">openapi.json</a>. On the command line: <code>adit api</code>.</p>
</header>
<div class="columns">
<nav aria-label="Resources">
<ul>
${links.map((name) => `<li><a href="#${html(name)}">${html(heading(name))}</a></li>`).join('\n')}
</ul>
</nav>
<main>
${document.tags.map(({ name }) => section(document, name)).join('\n')}
${objects(document)}
</main>
</div>
</body>
</html>
`;
}

/** `ip_policies` → `IP policies`. */
function heading(tag: string): string {
  const words = tag.replaceAll('_', ' ').replaceAll(/\b(?:api|ip|ssh|tls|tcp)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function paragraph(text: string): string {
  return `<p>${inlineText(text)}</p>`;
}

function section(document: ApiDocument, tag: string): string {
  const calls = apiCalls(document);
  const articles = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => {
        const call = calls.find((one) => one.operation === operation);
        return operationArticle(document, { method, path, operation, call });
      }),
  );
  return `<section aria-labelledby="${html(tag)}">
<h2 id="${html(tag)}">${html(heading(tag))}</h2>
${articles.join('\n')}
</section>`;
}

/** What answers are made of. Bodies are shown with their operations, and here if they are a part of others. */
function objects(document: ApiDocument): string {
  const bodies = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .map(({ requestBody }) => requestBody?.content['application/json']?.schema.$ref);
  const { schemas } = document.components;
  const inside = JSON.stringify(schemas);
  const shown = Object.entries(schemas).filter(([name]) => {
    const $ref = `#/components/schemas/${name}`;
    return !bodies.includes($ref) || inside.includes(JSON.stringify($ref));
  });
  const articles = shown.map(
    ([name, schema]) => `<article id="${html(name)}">\n<h3>${html(name)}</h3>\n${fieldList(schema)}\n</article>`,
  );
  return `<section aria-labelledby="objects">\n<h2 id="objects">Objects</h2>\n${articles.join('\n')}\n</section>`;
}
