import type { TestServer } from './server.ts';
import { type Answer, visit } from './visitor.ts';

/** `POST /login` for an authtoken. */
export async function logInByApi(
  server: TestServer,
  claim: object,
): Promise<Answer & { json: Record<string, unknown> }> {
  const answer = await visit(server, `${server.ready.api}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'authtoken', ...claim }),
  });
  return { ...answer, json: JSON.parse(answer.body) as Record<string, unknown> };
}

/** RFC 4648, 6, of whole groups. */
export function decodeBase32(text: string): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = Array.from(text, (one) => alphabet.indexOf(one).toString(2).padStart(5, '0'));
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
