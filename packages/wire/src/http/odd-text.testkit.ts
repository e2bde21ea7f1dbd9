import fc from 'fast-check';

// What the other files of texts share: the usual, and now and then something odd.

/** The first in nearly all cases, so that a text with dozens of such parts is often all right. */
export function rarely(usual: string, ...odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 120, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...odd) },
  );
}

/** Mostly one of the first. */
export function often(usual: readonly string[], odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

/** Words between bars. */
export function words(text: string): string[] {
  return text.split('|');
}

export function join(parts: readonly string[]): string {
  return parts.join('');
}

export const eol = rarely('\r\n', ...words('\n|\r|\r\r\n|\n\r| \r\n|\t\r\n|\r\n\r\n|\r\n |\0\r\n|'));
export const space = rarely(' ', ...words('  |\t|| \t|\v|\xa0|\0'));
