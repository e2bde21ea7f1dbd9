import type { PolicyHost } from './define-policy.ts';

/** Less than a policy has to decide. */
const timeoutMs = 4_000;

/**
 * A short answer, fetched in a short time.
 *
 * @param options.maxBytes Default: 16 KiB.
 * @throws When there is none: another status, a redirection, too long, too late (4 s).
 */
export async function fetchBriefly(
  host: Pick<PolicyHost, 'fetch' | 'after'>,
  url: URL,
  { maxBytes = 16_384 }: { maxBytes?: number } = {},
): Promise<Buffer> {
  const abort = new AbortController();
  const cancel = host.after(timeoutMs, () => abort.abort());
  try {
    const answer = await host.fetch(url, { redirect: 'error', signal: abort.signal });
    if (!answer.ok) throw new Error(`The answer has status ${answer.status}`);
    return await readBounded(answer, maxBytes);
  } finally {
    cancel();
  }
}

async function readBounded({ body }: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError('The answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
