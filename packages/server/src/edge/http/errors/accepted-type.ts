/** The forms an error answer can take. */
export type AnswerType = 'html' | 'problem' | 'text';

interface Offer {
  readonly type: AnswerType;
  readonly media: readonly string[];
}

// In order of preference where a client names several with equal weight.
const offers: readonly Offer[] = [
  { type: 'html', media: ['text/html', 'application/xhtml+xml'] },
  { type: 'problem', media: ['application/problem+json', 'application/json'] },
  { type: 'text', media: ['text/plain'] },
];

/**
 * Chooses by `Accept` (RFC 9110 §12.5.1): browsers name text/html, programs name JSON. A client that names none of ours
 * (only a wildcard, as curl does, or nothing) gets plain text, which reads well in a terminal.
 */
export function acceptedType(accept: string | null): AnswerType {
  if (accept === null) return 'text';
  const ranges = accept.split(',', 32).map(readRange);
  let best: AnswerType = 'text';
  let bestQuality = 0;
  for (const { type, media } of offers) {
    for (const range of ranges) {
      if (range.quality > bestQuality && media.includes(range.media)) {
        best = type;
        bestQuality = range.quality;
      }
    }
  }
  return best;
}

function readRange(text: string): { media: string; quality: number } {
  const [media = '', ...parameters] = text.split(';');
  let quality = 1;
  for (const parameter of parameters) {
    const match = /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(parameter);
    if (match) quality = Number(match[1]);
  }
  return { media: media.trim().toLowerCase(), quality };
}
