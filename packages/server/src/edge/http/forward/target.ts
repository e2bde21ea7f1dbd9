// What may follow a slash: printable ASCII except `#`. A fragment never belongs on the wire (RFC 9112 §3.2), and raw bytes
// above 0x7f would be read differently by policy, edge and upstream.
const originForm = /^\/[\x21\x22\x24-\x7e]*$/;
const absoluteForm = /^(https?):\/\/([^/?#]*)((?:[/?][\x21\x22\x24-\x7e]*)?)$/i;

/** A request-target, read. */
export interface Target {
  /** Origin-form or `*`: exactly what is decided on and what is forwarded. */
  readonly path: string;
  /** The authority of an absolute-form; null otherwise. */
  readonly authority: string | null;
}

/**
 * Reads a request-target (RFC 9112 §3.2). Absolute-form becomes origin-form, as that section wants of whoever talks to an
 * origin; nothing else is changed. Null if it is none of the allowed forms or its scheme is not the connection's.
 */
export function parseTarget(text: string, facts: { method: string; scheme: 'http' | 'https' }): Target | null {
  if (originForm.test(text)) return { path: text, authority: null };
  if (text === '*') return facts.method === 'OPTIONS' ? { path: text, authority: null } : null;
  const match = absoluteForm.exec(text);
  if (!match || match[1]?.toLowerCase() !== facts.scheme) return null;
  const [, , authority = '', rest = ''] = match;
  if (rest === '') return { path: facts.method === 'OPTIONS' ? '*' : '/', authority };
  return { path: rest.startsWith('/') ? rest : `/${rest}`, authority };
}

/** Whether policies left a target that may be forwarded. */
export function isTarget(text: string): boolean {
  return originForm.test(text) || text === '*';
}
