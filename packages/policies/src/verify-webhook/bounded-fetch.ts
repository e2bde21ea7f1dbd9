import type { PolicyHost } from '@adit/policy-kit';

const maxBytes = 16_384;
const timeoutMs = 4_000;

/** A short answer, fetched in a short time. @throws When there is none: another status, a redirection, too long, too late. */
export async function fetchBriefly(host: Pick<PolicyHost, 'fetch' | 'after'>, url: URL): Promise<Buffer> {
  const abort = new AbortController();
  const cancel = host.after(timeoutMs, () => abort.abort());
  try {
    const answer = await host.fetch(url, { redirect: 'error', signal: abort.signal });
    if (!answer.ok) throw new Error(`The answer has status ${answer.status}`);
    return await readBounded(answer);
  } finally {
    cancel();
  }
}

async function readBounded({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError('The answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
