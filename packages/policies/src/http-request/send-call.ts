import { AditError } from '@adit/contracts';
import { decompressed, HeaderFields, type OutgoingAnswer, type PolicyHost } from '@adit/policy-kit';
import { CallFailed } from './call-failure.ts';
import type { Call } from './call-text.ts';
import { redirected } from './redirected.ts';

/** What one call got. */
export interface CallAnswer {
  /** Textual; empty: not known. */
  readonly resolvedIp: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string[]>;
  /** Decompressed, and read as UTF-8. */
  readonly body: string;
}

export interface SendOptions {
  readonly fetch: PolicyHost['fetch'];
  readonly signal: AbortSignal;
  readonly maxRedirects: number;
  /** What calls say of us; goes to nobody but the host that the policy names. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  /** Goes to everybody. */
  readonly turns: Readonly<Record<string, string>>;
}

const maxBodyBytes = 262_144;

/**
 * Calls, and follows redirections as far as it may.
 *
 * @throws {CallFailed} There is no answer, or none that can be taken.
 * @throws {AditError} As `PolicyHost.fetch`.
 */
export async function sendCall(first: Call, options: SendOptions): Promise<CallAnswer> {
  let call = first;
  for (let redirects = 0; ; redirects++) {
    const answer = await fetchOf(call, first, options);
    const next = redirects < options.maxRedirects ? redirected(call, answer) : undefined;
    if (!next) return read(answer, options.signal);
    call = next;
  }
}

async function fetchOf(call: Call, first: Call, options: SendOptions): Promise<OutgoingAnswer> {
  const own = call.url.origin === first.url.origin ? options.ownHeaders : {};
  try {
    return await options.fetch(call.url, {
      method: call.method,
      headers: { 'user-agent': 'adit', 'accept-encoding': 'identity', ...own, ...call.headers, ...options.turns },
      body: call.body === '' ? null : call.body,
      redirect: 'manual',
      signal: options.signal,
    });
  } catch (cause) {
    throw options.signal.aborted ? new CallFailed('too-late', { cause }) : cause;
  }
}

async function read(answer: OutgoingAnswer, signal: AbortSignal): Promise<CallAnswer> {
  const headers = new HeaderFields([...answer.headers].flat());
  const bytes = await bytesOf(answer, signal);
  return {
    resolvedIp: answer.resolvedIp ?? '',
    status: answer.status,
    headers: headers.toMap(),
    body: Buffer.from(await plainOf(bytes, headers)).toString(),
  };
}

async function bytesOf({ body }: OutgoingAnswer, signal: AbortSignal): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of body ?? []) {
      length += piece.length;
      if (length > maxBodyBytes) break;
      pieces.push(piece);
    }
  } catch (cause) {
    throw new CallFailed(signal.aborted ? 'too-late' : 'no-answer', { cause });
  }
  if (length > maxBodyBytes) throw new CallFailed('too-long');
  return Buffer.concat(pieces);
}

async function plainOf(bytes: Buffer, headers: HeaderFields): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes;
  try {
    const plain = await decompressed(bytes, headers, maxBodyBytes);
    if (plain) return plain;
  } catch (cause) {
    if (cause instanceof AditError && cause.code === 9010) throw new CallFailed('too-long', { cause });
    throw cause;
  }
  throw new CallFailed('no-answer');
}
