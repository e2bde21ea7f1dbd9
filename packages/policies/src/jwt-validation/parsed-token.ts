import { decodeJwt, decodeProtectedHeader } from 'jose';
import { TokenRefused } from './refusal.ts';

/** The parts of a token, of which nothing is proved yet. */
export interface ParsedToken {
  readonly text: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** As written. */
  readonly signature: string;
}

const maxChars = 16_384;
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)$/;

/** @throws {TokenRefused} `malformed`. */
export function parseToken(text: string): ParsedToken {
  const match = text.length <= maxChars ? compact.exec(text) : null;
  if (!match) throw new TokenRefused('malformed');
  try {
    const header = decodeProtectedHeader(text);
    // An extension that must be understood (RFC 7515 §4.1.11): none is here.
    if ('crit' in header) throw new TokenRefused('malformed');
    return { text, header: { ...header }, payload: decodeJwt(text), signature: match[1] ?? '' };
  } catch {
    throw new TokenRefused('malformed');
  }
}
