import fc from 'fast-check';

interface Change {
  readonly kind: 'insert' | 'delete' | 'replace' | 'duplicate' | 'move';
  /** Where, in 65536ths of the text. */
  readonly at: number;
  readonly to: number;
  readonly byte: string;
  readonly length: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'replace', 'duplicate', 'move'),
  at: fc.nat(65_535),
  to: fc.nat(65_535),
  byte: fc.oneof(
    fc.constantFrom(...'\r\n\0 \t:;,="\\0aAfF/*#@-+\x7f\x80\xff\x0b'.split('')),
    fc.nat(255).map((code) => String.fromCharCode(code)),
  ),
  length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
});

/** Up to three changes, in two of three cases none. */
export const changes = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(change, { minLength: 1, maxLength: 3 }) },
);

/** The text with one change. */
export function changed(text: string, { kind, at, to, byte, length }: Change): string {
  const start = Math.floor((at * (text.length + 1)) / 65_536);
  const end = Math.min(text.length, start + length);
  const part = text.slice(start, end);
  switch (kind) {
    case 'insert':
      return text.slice(0, start) + byte + text.slice(start);
    case 'delete':
      return text.slice(0, start) + text.slice(end);
    case 'replace':
      return text.slice(0, start) + byte + text.slice(start + 1);
    case 'duplicate':
      return text.slice(0, end) + part + text.slice(end);
    case 'move': {
      const without = text.slice(0, start) + text.slice(end);
      const target = Math.floor((to * (without.length + 1)) / 65_536);
      return without.slice(0, target) + part + without.slice(target);
    }
  }
}
