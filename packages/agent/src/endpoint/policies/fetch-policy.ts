import type { IncomingMessage } from 'node:http';
import { AditError } from '@adit/contracts';
import { reasonOf } from '../../diagnose/finding.ts';
import { isThisMachine, lookupOf, trustOf } from '../../diagnose/reach.ts';
import { policyFileLimits } from './policy-file-limits.ts';
import { readBoundedText } from './read-bounded-text.ts';

/**
 * The traffic policy behind a URL. Who can change it on its way decides who gets in: so https, or this machine. Redirects are
 * not followed, for the same reason.
 *
 * @throws {AditError} 9201: not such a URL. 9204: it cannot be fetched, or is longer than 256 KiB, empty or no text.
 */
export async function fetchPolicy(text: string): Promise<string> {
  const url = parsePolicyUrl(text);
  const refuse = (why: string, cause?: unknown) =>
    new AditError(9204, `Cannot fetch the traffic policy from "${shown(url)}": ${why}`, { cause });
  const signal = AbortSignal.timeout(policyFileLimits.fetchTimeoutMs);
  try {
    const answer = await get(url, signal);
    const problem = problemOf(answer);
    if (problem !== undefined) {
      answer.destroy();
      throw refuse(problem);
    }
    const policy = await readBoundedText(answer, policyFileLimits.maxBytes);
    if (policy.trim() === '') throw refuse('it is empty');
    return policy;
  } catch (cause) {
    if (cause instanceof AditError) throw cause;
    throw refuse(
      signal.aborted ? `no answer within ${policyFileLimits.fetchTimeoutMs / 1000} s` : reasonOf(cause),
      cause,
    );
  }
}

function parsePolicyUrl(text: string): URL {
  const url = URL.parse(text);
  const refuse = (why: string) => new AditError(9201, `Cannot fetch the traffic policy from its URL: ${why}`);
  if (!url || !/^https?:$/.test(url.protocol)) throw refuse('write it as https://host/path');
  if (url.username !== '' || url.password !== '') throw refuse('it must not hold a user name or a password');
  if (url.protocol === 'http:' && !isThisMachine(url)) {
    throw refuse('over http others on the way could change it; only https, or http on this machine, will do');
  }
  return url;
}

/** Its query may hold a secret. */
function shown({ origin, pathname }: URL): string {
  return origin + pathname;
}

async function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const isHttps = url.protocol === 'https:';
  const { request } = isHttps ? await import('node:https') : await import('node:http');
  const trust = isHttps ? { secureContext: await trustOf(undefined) } : {};
  const options = { signal, lookup: await lookupOf(url), agent: false, ...trust };
  return await new Promise((resolve, reject) => void request(url, options, resolve).on('error', reject).end());
}

function problemOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  if (statusCode >= 300 && statusCode < 400) return 'it leads to another address, which has to be given itself';
  if (statusCode !== 200) return `the answer has status ${statusCode}`;
  // Nothing else was asked for.
  return headers['content-encoding'] === undefined ? undefined : 'the answer is compressed';
}
