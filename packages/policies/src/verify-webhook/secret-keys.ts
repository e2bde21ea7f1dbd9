import { decodeBase64 } from './digests.ts';

/**
 * How a secret becomes a key: `text` its bytes; `base64` what it encodes, without a `whsec_` in front; `base64 or text` either.
 */
export type KeyForm = 'text' | 'base64' | 'base64 or text';

/** The keys that a secret stands for. Empty: it cannot be one, and nothing is signed with it. */
export function keysOf(secret: string, form: KeyForm): Buffer[] {
  // An empty key would be one that everybody knows.
  const text = secret === '' || form === 'base64' ? [] : [Buffer.from(secret)];
  const decoded = form === 'text' ? undefined : decodeBase64(secret.replace(/^whsec_/, ''));
  return decoded ? [decoded, ...text] : text;
}
