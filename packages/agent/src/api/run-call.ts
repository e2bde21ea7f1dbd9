import { AditError, type ApiDocument } from '@adit/contracts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { toggled } from '../option-values.ts';
import { plainText } from '../view/plain-text.ts';
import { type ApiCall, answerSchema } from './api-calls.ts';
import { type ApiSettings, resolveApiSettings } from './api-settings.ts';
import type { CallField } from './call-fields.ts';
import { callPath } from './call-path.ts';
import { readValues } from './call-values.ts';
import { printFailure } from './print-failure.ts';
import { type ApiAnswer, type ApiRequest, sendRequest } from './send-request.ts';
import { showList, showObject } from './show-answer.ts';

interface RunnableCall {
  readonly document: ApiDocument;
  readonly call: ApiCall;
  readonly fields: readonly CallField[];
}

/** Calls the API and prints its answer: for people, or with `--json` as it is. */
export async function runCall(runnable: RunnableCall, parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const { call, fields } = runnable;
  const values = await readValues(fields, parsed, io);
  const settings = await resolveApiSettings(parsed, io);
  for (const warning of settings.warnings) io.stderr.write(`adit: ${warning}\n`);
  const request = {
    ...values,
    method: call.method.toUpperCase(),
    path: callPath(call.path, parsed.arguments),
    body: bodyOf(call, values.body),
  };
  const wantsAll = call.listKey !== undefined && toggled(parsed.options, 'all') === true;
  const answer = wantsAll
    ? await sendForAllPages(settings, { ...request, listKey: call.listKey ?? '' }, io)
    : await sendRequest(settings, request, io);
  const isJson = toggled(parsed.options, 'json') === true;
  if (answer.status >= 400) return printFailure(answer, { isJson, io });
  io.stdout.write(isJson ? jsonText(answer) : shown(runnable, answer, io));
  if (!isJson) sayIfThereAreMore(call, answer, io);
  return 0;
}

function bodyOf({ operation }: ApiCall, body: object): object | undefined {
  if (operation.requestBody === undefined) return undefined;
  return operation.requestBody.required || Object.keys(body).length > 0 ? body : undefined;
}

/** All pages as one. Of `next_page_uri` only the query counts: the key goes nowhere but to the address that was given. */
async function sendForAllPages(
  settings: ApiSettings,
  { listKey, ...request }: ApiRequest & { listKey: string },
  io: CommandIo,
): Promise<ApiAnswer> {
  const items: unknown[] = [];
  let query = request.query;
  for (;;) {
    const answer = await sendRequest(settings, { ...request, query }, io);
    if (answer.status >= 400) return answer;
    items.push(...((answer.body?.[listKey] as unknown[] | undefined) ?? []));
    const next = nextQuery(answer);
    if (next === null) return { ...answer, body: { ...answer.body, [listKey]: items } };
    // Or a server that answers the same page again and again would never be left.
    if (next['before_id'] === query['before_id']) {
      throw new AditError(9512, 'Cannot read the list: its pages do not end');
    }
    query = next;
  }
}

/** Where the next page is; null: this is the last. */
function nextQuery({ body }: ApiAnswer): Record<string, string> | null {
  const uri = body?.['next_page_uri'];
  const url = typeof uri === 'string' ? URL.parse(uri) : null;
  return url && Object.fromEntries(url.searchParams);
}

function jsonText({ body }: ApiAnswer): string {
  return body === null ? '' : `${JSON.stringify(body, null, 2)}\n`;
}

function shown({ document, call }: RunnableCall, answer: ApiAnswer, io: CommandIo): string {
  const { body, etag } = answer;
  if (body === null) return 'Done.\n';
  if (call.listKey === undefined) return showObject(etag === undefined ? body : { ...body, ETag: etag });
  const schema = answerSchema(document, call.operation)?.properties?.[call.listKey]?.items;
  const items = (body[call.listKey] ?? []) as Record<string, unknown>[];
  return showList(document, { items, schema: schema ?? {} }, io);
}

/** Beside the table, so that its lines can be counted. */
function sayIfThereAreMore({ listKey }: ApiCall, answer: ApiAnswer, { stderr }: CommandIo): void {
  const next = listKey === undefined ? null : nextQuery(answer);
  if (next) stderr.write(`adit: there are more: --all, or --before-id ${plainText(next['before_id'] ?? '')}\n`);
}
