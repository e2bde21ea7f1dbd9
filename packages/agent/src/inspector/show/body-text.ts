import type { HeaderLines } from '@adit/wire';
import { headerValues } from './header-values.ts';

/** Bytes as text, if they are text: UTF-8, or Latin-1 where the content type says so. Null: they are something else. */
export function bodyText(bytes: Buffer, headers: HeaderLines, isTruncated: boolean): string | null {
  if (bytes.includes(0)) return null;
  const [type = ''] = headerValues(headers, 'content-type');
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1]?.toLowerCase();
  if (charset === 'iso-8859-1' || charset === 'latin1') return bytes.toString('latin1');
  try {
    // The last character of a truncated body may be half there.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isTruncated });
  } catch {
    return null;
  }
}

/** Whether it is worth reading as JSON: the content type says so, or the text begins like it. */
export function looksLikeJson(text: string, headers: HeaderLines): boolean {
  const [type = ''] = headerValues(headers, 'content-type');
  return /[/+]json\b/i.test(type) || (!/html|xml|javascript|css/i.test(type) && /^\s*[{[]/.test(text));
}
