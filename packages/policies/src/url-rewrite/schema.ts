import { z } from 'zod';

export const urlRewriteConfig = z.strictObject({
  from: z
    .string()
    .min(1)
    .meta({ expressions: 'inside' })
    .describe('A pattern (RE2) that is looked for in the whole address, anywhere in it; may have expressions.'),
  to: z
    .string()
    .meta({ expressions: 'inside' })
    .describe('What every match is replaced by; `$1` to `$9` stand for groups. May have expressions.'),
});

export type UrlRewriteConfig = z.output<typeof urlRewriteConfig>;
