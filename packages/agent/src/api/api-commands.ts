// `adit api`: a command for each operation of the API, made from its document, so that a new one is there as soon as the
// document has it.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { ApiDocument } from '@adit/contracts';
import type { Command, CommandGroup } from '../command.ts';
import { runSafely } from '../run-safely.ts';
import { type ApiCall, apiCalls } from './api-calls.ts';
import { apiOptions, listOptions } from './api-options.ts';
import { callFields, fieldOptions } from './call-fields.ts';
import { runCall } from './run-call.ts';

const maxShownVerbs = 8;

/** The document that came with this version. */
export async function readApiDocument(): Promise<ApiDocument> {
  const file = createRequire(import.meta.url).resolve('@adit/contracts/openapi.json');
  return JSON.parse(await readFile(file, 'utf8')) as ApiDocument;
}

/** `adit api <resource> <verb>` for every operation of a document. */
export function apiCommands(document: ApiDocument): CommandGroup<CommandGroup> {
  const calls = apiCalls(document);
  const resources = [...new Set(calls.map(({ resource }) => resource))].sort();
  return {
    name: 'api',
    summary: 'Call the API of the server',
    commands: resources.map((resource) => {
      const own = calls.filter((call) => call.resource === resource);
      return {
        name: `api ${resource}`,
        summary: capitalised(verbsText(own.map(({ verb }) => verb))),
        commands: own.map((call) => apiCommand(document, call)),
      };
    }),
  };
}

/** Of a resource with many, those that it has like all others; its own help has the rest. */
function verbsText(verbs: readonly string[]): string {
  if (verbs.length <= maxShownVerbs) return verbs.join(', ');
  const shown = verbs.filter((verb) => !verb.includes('-'));
  return `${shown.join(', ')}, and ${verbs.length - shown.length} more`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function apiCommand(document: ApiDocument, call: ApiCall): Command {
  const { resource, verb, listKey, operation } = call;
  const fields = callFields(document, call);
  const parameters = (operation.parameters ?? []).filter((one) => one.in === 'path');
  return {
    name: `api ${resource} ${verb}`,
    summary: operation.summary,
    arguments: parameters.map(({ name, description = '' }) => ({ name, description, isRequired: true })),
    options: [...fields.flatMap(fieldOptions), ...(listKey === undefined ? [] : listOptions), ...apiOptions],
    notes: 'The key is never an option: others on this machine could read it. Exit codes are those of the error codes.',
    run: (parsed, io) => runSafely(io, () => runCall({ document, call, fields }, parsed, io)),
  };
}
