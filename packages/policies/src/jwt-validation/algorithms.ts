/**
 * Signatures that a public key verifies (RFC 7518 §3.1, RFC 8037, RFC 9864). There is nothing else here: neither `none`, nor one with
 * a shared secret, which a public key could be taken for.
 */
export const algorithms = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
] as const;

export type Algorithm = (typeof algorithms)[number];

const ofRsa: readonly Algorithm[] = algorithms.filter((name) => name.startsWith('RS') || name.startsWith('PS'));

/** What a key of that kind can verify; empty: nothing. */
export function algorithmsOf(keyType: unknown, curve: unknown): readonly Algorithm[] {
  if (keyType === 'RSA') return ofRsa;
  if (keyType === 'EC' && curve === 'P-256') return ['ES256'];
  if (keyType === 'EC' && curve === 'P-384') return ['ES384'];
  if (keyType === 'EC' && curve === 'P-521') return ['ES512'];
  if (keyType === 'OKP' && curve === 'Ed25519') return ['EdDSA', 'Ed25519'];
  return [];
}
