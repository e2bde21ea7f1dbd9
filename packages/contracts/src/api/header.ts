/** Headers with a meaning of their own in this API, as its document explains them. */
export const headerMeanings = {
  'Idempotency-Key':
    'Any text of 1 to 255 printable characters without spaces. A request that is sent again with the same key and body ' +
    'within 24 hours makes nothing new: it is answered with what the first one made.',
  'If-Match': 'The `ETag` of the object as you know it. If it has changed since, nothing is done (412).',
  ETag: 'The revision of the object, for `If-Match`.',
} as const;

export type HeaderName = keyof typeof headerMeanings;
