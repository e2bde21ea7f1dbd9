import { z } from 'zod';

const algorithm = z.enum(['zstd', 'br', 'gzip', 'deflate']);
export type Algorithm = z.output<typeof algorithm>;

export const compressResponseConfig = z.strictObject({
  algorithms: z
    .array(algorithm)
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'each algorithm once')
    .default(['zstd', 'br', 'gzip', 'deflate'])
    .describe(
      'Which may be used; the first of those that the visitor likes alike is. Default: `zstd`, `br`, `gzip`, `deflate`.',
    ),
});

export type CompressResponseConfig = z.output<typeof compressResponseConfig>;
