import type { ApiDocument, ApiOperation, ApiResponse } from '@adit/contracts';
import { type ApiCall, bodySchema } from '../../../packages/agent/src/api/api-calls.ts';
import { descriptionList, fieldList, objectLink } from './page-fields.ts';
import { html } from './page-html.ts';

interface Shown {
  readonly method: string;
  readonly path: string;
  readonly operation: ApiOperation;
  /** How the command line calls it; undefined: it does not. */
  readonly call: ApiCall | undefined;
}

/** One operation of the page: what it does, how it is called, what it takes and answers. */
export function operationArticle(document: ApiDocument, { method, path, operation, call }: Shown): string {
  const { operationId, summary, parameters = [] } = operation;
  const body = bodySchema(document, operation);
  const fields = parameters.map(({ name, required, description, schema }) => ({
    ...{ name, schema, description: description ?? '', isRequired: required === true },
  }));
  const parts = [
    `<h3><a href="#${html(operationId)}">${html(summary)}</a></h3>`,
    `<p class="line"><code><span class="method">${html(method.toUpperCase())}</span> ${html(path)}</code></p>`,
    ...(call ? [`<p class="line"><code>${html(commandLine(call))}</code></p>`] : []),
    ...(fields.length > 0 ? ['<h4>Parameters and headers</h4>', descriptionList(fields)] : []),
    ...(body ? ['<h4>Body</h4>', fieldList(body)] : []),
    '<h4>Answer</h4>',
    ...Object.entries(operation.responses).flatMap(([status, answer]) => answerLine(status, answer as ApiResponse)),
    ...(operation.security ? [] : [`<p><code>4XX</code>, <code>5XX</code> ${objectLink('Error')}</p>`]),
    ...(operation.security ? ['<p class="soft">Needs no key.</p>'] : []),
  ];
  return `<article id="${html(operationId)}">\n${parts.join('\n')}\n</article>`;
}

function commandLine({ resource, verb, path }: ApiCall): string {
  return ['adit api', resource, verb, ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `<${name}>`)].join(' ');
}

/** Errors have one body, whatever was asked: they are no lines of their own. */
function answerLine(status: string, { content = {}, headers = {}, description }: ApiResponse): string[] {
  if (status.endsWith('XX')) return [];
  const [type, { schema } = {}] = Object.entries(content)[0] ?? [];
  const what = schema?.$ref === undefined ? html(type ?? description) : objectLink(schema.$ref);
  const names = Object.keys(headers).map((name) => ` with <code>${html(name)}</code>`);
  return [`<p><code>${html(status)}</code> ${what}${names.join('')}</p>`];
}
