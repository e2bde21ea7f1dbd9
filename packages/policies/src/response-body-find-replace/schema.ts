import { replacementList } from '@adit/policy-kit';
import { z } from 'zod';

export const responseBodyFindReplaceConfig = z.strictObject({
  replacements: replacementList.describe('What is replaced by what, 1 to 100, one after the other.'),
  max_body_bytes: z
    .int()
    .min(1)
    .max(4_194_304)
    .default(1_048_576)
    .describe('A longer content is not sent, compressed or not: 1 to 4,194,304 bytes. Default: 1 MiB.'),
});

export type ResponseBodyFindReplaceConfig = z.output<typeof responseBodyFindReplaceConfig>;
