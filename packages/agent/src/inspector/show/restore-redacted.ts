import type { HeaderLines } from '@adit/wire';
import { redactHeader, redactionMark, redactUrl } from './redact.ts';

/**
 * Header lines that somebody edited without having seen the secrets in them: a value that is still what was shown for one
 * becomes that again. Null: a mark is left over whose secret is unknown.
 */
export function restoreLines(edited: HeaderLines, original: HeaderLines): string[] | null {
  const lines: string[] = [];
  for (let at = 0; at < edited.length; at += 2) {
    const name = edited[at] ?? '';
    const shown = edited[at + 1] ?? '';
    const value = shown.includes(redactionMark) ? valueShownAs(shown, name, original) : shown;
    if (value === null) return null;
    lines.push(name, value);
  }
  return lines;
}

/** The same for a request target: each query parameter stands for itself. */
export function restoreTarget(edited: string, original: string): string | null {
  if (edited === redactUrl(original)) return original;
  const secrets = new Map<string, string[]>();
  for (const [, name = '', value = ''] of original.matchAll(parameter)) {
    if (redactUrl(`?${name}=${value}`) !== `?${name}=${value}`)
      secrets.set(name, [...(secrets.get(name) ?? []), value]);
  }
  const restored = edited.replaceAll(parameter, (whole: string, name: string, value: string) => {
    if (value !== redactionMark) return whole;
    return `${whole.slice(0, -value.length)}${secrets.get(name)?.shift() ?? redactionMark}`;
  });
  return restored.includes(redactionMark) ? null : restored;
}

const parameter = /[?&#;]([^?&#;=]+)=([^?&#;\s]+(?:[?;][^?&#;=\s]*(?=[?&#;]|$))*)/g;

function valueShownAs(shown: string, name: string, original: HeaderLines): string | null {
  for (let at = 0; at < original.length; at += 2) {
    const value = original[at + 1] ?? '';
    const isSame = original[at]?.toLowerCase() === name.toLowerCase();
    if (isSame && redactHeader(name, value) === shown) return value;
  }
  return null;
}
