import { replacementList } from '@adit/policy-kit';
import { z } from 'zod';

export const sseFindReplaceConfig = z.strictObject({
  field: z
    .string()
    .min(1)
    .meta({ expressions: 'inside' })
    .default('data')
    .refine((text) => text.includes('${') || text === 'data' || text === 'retry', 'the field is "data" or "retry"')
    .describe('Which field of messages: `data` or `retry`; may be an expression. Default: `data`.'),
  replacements: replacementList.describe('What is replaced by what, 1 to 100, one after the other.'),
});

export type SseFindReplaceConfig = z.output<typeof sseFindReplaceConfig>;
