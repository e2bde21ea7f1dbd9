import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { AditError } from '@adit/contracts';
import type { CommandIo } from '../command.ts';
import { reasonOf } from '../diagnose/finding.ts';
import { lookupOf, trustOf } from '../diagnose/reach.ts';
import { apiLimits } from './api-limits.ts';
import type { ApiPlace, ApiSettings } from './api-settings.ts';
import type { CallValues } from './call-values.ts';

export interface ApiRequest extends Omit<CallValues, 'body'> {
  readonly method: string;
  /** With its parameters filled in. */
  readonly path: string;
  /** Undefined: none is sent. */
  readonly body: object | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  /** An object; null: there is no body. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly etag: string | undefined;
}

/**
 * One call of the API, without a key where that is not known yet. Redirects are not followed: the key is for this server only.
 *
 * @throws {AditError} 9301: not reachable, or no answer in time. 9302: certificate not trusted. 9512: what answers is not
 *   the API.
 */
export async function sendRequest(
  settings: ApiPlace & Partial<Pick<ApiSettings, 'apiKey'>>,
  request: ApiRequest,
  { interrupted }: Pick<CommandIo, 'interrupted'>,
): Promise<ApiAnswer> {
  const { url, caFile } = settings;
  const target = new URL(url.href.replace(/\/$/, '') + request.path);
  target.search = new URLSearchParams(request.query).toString();
  const trust = url.protocol === 'https:' ? await readTrust(caFile) : undefined;
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(apiLimits.answerTimeoutMs)]);
  try {
    const message = await exchange(target, { settings, request, signal, trust });
    return readAnswer(message, (await buffer(message)).toString('utf8'), url);
  } catch (cause) {
    throw cause instanceof AditError ? cause : unreachable(url, cause);
  }
}

interface Exchange {
  readonly settings: Parameters<typeof sendRequest>[0];
  readonly request: ApiRequest;
  readonly signal: AbortSignal;
  readonly trust: Awaited<ReturnType<typeof trustOf>> | undefined;
}

async function exchange(target: URL, { settings, request, signal, trust }: Exchange): Promise<IncomingMessage> {
  const { request: open } = trust ? await import('node:https') : await import('node:http');
  const content = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers = {
    ...request.headers,
    ...(settings.apiKey !== undefined && { authorization: `Bearer ${settings.apiKey}` }),
    accept: 'application/json',
    ...(content !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  };
  const lookup = await lookupOf(target);
  return await new Promise((resolve, reject) => {
    const options = {
      method: request.method,
      headers,
      signal,
      lookup,
      agent: false,
      ...(trust && { secureContext: trust }),
    };
    open(target, options, resolve).on('error', reject).end(content);
  });
}

/** @throws {AditError} 9302: the file cannot be used. */
async function readTrust(caFile: string | undefined) {
  return await trustOf(caFile).catch((cause: unknown) => {
    throw new AditError(9302, `Cannot use the CA certificate "${caFile}": ${reasonOf(cause)}`, { cause });
  });
}

function readAnswer({ statusCode = 0, headers }: IncomingMessage, text: string, url: URL): ApiAnswer {
  const answer = { status: statusCode, etag: headers.etag };
  if (statusCode === 204) return { ...answer, body: null };
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null) throw new TypeError('not an object');
    return { ...answer, body: body as Record<string, unknown> };
  } catch (cause) {
    throw new AditError(9512, `Cannot read what "${url.origin}" answered: it is not that of an API`, { cause });
  }
}

const certificateErrors = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_)/;

function unreachable(url: URL, cause: unknown): AditError {
  const failed = (code: 9301 | 9302, why: string) =>
    new AditError(code, `Cannot reach the API at "${url.origin}": ${why}`, { cause });
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (certificateErrors.test(code)) return failed(9302, `its certificate is not trusted (${code})`);
  if (cause instanceof Error && cause.name === 'AbortError' && isTimeout(cause)) {
    return failed(9301, `no answer within ${apiLimits.answerTimeoutMs / 1000} s`);
  }
  return failed(9301, reasonOf(cause));
}

function isTimeout({ cause }: Error): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}
