import type { HeaderFields } from '@adit/policy-kit';

/** What the visitor shows (RFC 7617 §2): `user:password`; null: nothing that is one. Several lines count as none. */
export function presentedCredential(headers: HeaderFields): string | null {
  const [value, ...others] = headers.values('authorization');
  if (value === undefined || others.length > 0) return null;
  const match = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(value);
  if (!match?.[1] || match[1].length > 4_096) return null;
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  return text.includes(':') ? text : null;
}
