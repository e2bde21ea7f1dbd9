import { AditError } from '@adit/contracts';
import { z } from 'zod';
import type { Capture } from '../capture/capture.ts';
import { type Answer, download, json, noContent } from '../door/answer.ts';
import { curlCommand } from '../export/curl-command.ts';
import { harOf } from '../export/har.ts';
import { captureDetails } from '../show/capture-details.ts';
import { captureFilter } from '../show/capture-filter.ts';
import { captureObject } from '../show/capture-object.ts';
import { summarize } from '../show/capture-summary.ts';
import { type ShownCapture, showCapture } from '../show/shown-capture.ts';
import type { ApiCall, ApiContext, Operation } from './operation.ts';
import { readBody } from './read-body.ts';

const uri = '/api/requests/http';
const defaultListed = 100;

const replayBody = z.strictObject({
  id: z.string(),
  tunnel_name: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  headers: z.array(z.tuple([z.string(), z.string()])).optional(),
  body: z.string().optional(),
  body_base64: z.base64().optional(),
});

/** Captured requests. All but the last four are the agent's API as it is known; secrets are redacted unless `reveal=true`. */
export const captureOperations: readonly Operation[] = [
  { method: 'GET', path: uri, run: list },
  { method: 'POST', path: uri, run: replay },
  { method: 'DELETE', path: uri, run: clear },
  { method: 'GET', path: `${uri}/:`, run: (call, context) => json(200, captureObject(shownOf(call, context))) },
  { method: 'GET', path: '/api/captures', run: summaries },
  { method: 'GET', path: '/api/captures.har', run: har },
  { method: 'GET', path: '/api/captures/:', run: details },
  { method: 'GET', path: '/api/captures/:/curl', run: curl },
  { method: 'GET', path: '/api/captures/:/har', run: harOfOne },
];

function list({ query }: ApiCall, { store, limits }: ApiContext): Answer {
  const requests: object[] = [];
  let bytes = 0;
  for (const capture of found(query, store.newestFirst(), limits.maxListed)) {
    requests.push(captureObject(showCapture(capture, isRevealing(query))));
    bytes += capture.costBytes;
    if (bytes >= limits.maxListedBytes) break;
  }
  return json(200, { uri, requests });
}

function summaries({ query }: ApiCall, { store, limits }: ApiContext): Answer {
  return json(200, { captures: [...found(query, store.newestFirst(), limits.maxListed)].map(summarize) });
}

async function details(call: ApiCall, context: ApiContext): Promise<Answer> {
  return json(200, await captureDetails(shownOf(call, context), context.limits));
}

function curl(call: ApiCall, context: ApiContext): Answer {
  const shown = shownOf(call, context);
  const url = baseUrl(shown.capture.origin.endpointName, context);
  return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: curlCommand(shown, url) };
}

function har({ query }: ApiCall, context: ApiContext): Promise<Answer> {
  const captures = found(query, context.store.newestFirst(), context.limits.maxListed);
  const shown = [...captures].reverse().map((capture) => showCapture(capture, isRevealing(query)));
  return harFile('adit-requests.har', shown, context);
}

function harOfOne(call: ApiCall, context: ApiContext): Promise<Answer> {
  return harFile('adit-request.har', [shownOf(call, context)], context);
}

async function harFile(name: string, shown: readonly ShownCapture[], context: ApiContext): Promise<Answer> {
  const { agent, limits } = context;
  const archive = await harOf(shown, {
    ...{ limits, agentVersion: agent.agentVersion },
    baseUrl: (endpointName) => baseUrl(endpointName, context),
  });
  return download(name, 'application/json; charset=utf-8', JSON.stringify(archive));
}

async function replay({ body }: ApiCall, { store, replays }: ApiContext): Promise<Answer> {
  const {
    id,
    tunnel_name: endpointName,
    headers,
    body: text,
    body_base64: base64,
    ...edits
  } = readBody(replayBody, body);
  const content = base64 === undefined ? text : Buffer.from(base64, 'base64');
  await replays.start(existing(store.get(id)), {
    ...edits,
    endpointName,
    headers: headers?.flat(),
    body: content === undefined ? undefined : Buffer.from(content),
  });
  return noContent;
}

function clear(_call: ApiCall, { store }: ApiContext): Answer {
  store.clear();
  return noContent;
}

function* found(query: URLSearchParams, captures: Iterable<Capture>, maxListed: number): Generator<Capture> {
  const isWanted = captureFilter(query);
  let left = limitOf(query, maxListed);
  for (const capture of captures) {
    if (left === 0) return;
    if (!isWanted(capture)) continue;
    left--;
    yield capture;
  }
}

function limitOf(query: URLSearchParams, maxListed: number): number {
  const text = query.get('limit') ?? String(defaultListed);
  if (!/^\d{1,9}$/.test(text)) throw new AditError(9201, 'Cannot list requests: the limit must be a number');
  return Math.min(Number(text), maxListed);
}

function shownOf({ param, query }: ApiCall, { store }: ApiContext): ShownCapture {
  return showCapture(existing(store.get(param)), isRevealing(query));
}

function isRevealing(query: URLSearchParams): boolean {
  return query.get('reveal') === 'true';
}

function existing(capture: Capture | undefined): Capture {
  if (capture) return capture;
  throw new AditError(9101, 'Cannot find this request: it was cleared, or had to make room for newer ones');
}

/** An endpoint that is gone has no URL any more. */
function baseUrl(endpointName: string, { agent }: ApiContext): string {
  return agent.endpoints().find(({ name }) => name === endpointName)?.url || 'http://localhost';
}
