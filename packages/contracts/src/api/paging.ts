import { z } from 'zod';

/** Query of every list. Lists are newest first. */
export const listQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(100)
    .describe('Most objects to answer, 1 to 100. Default 100. A page of large objects ends after some 1 MiB.'),
  before_id: z
    .string()
    .optional()
    .describe(
      'Only objects older than this id, which need not exist any more (events of the audit log always do). `next_page_uri` has it filled in.',
    ),
  beforeId: z.string().optional().describe('The same as `before_id`, as some clients spell it.'),
  filter: z
    .string()
    .optional()
    .describe(
      'Only objects for which this condition on `obj` is true, e.g. `obj.description == "office"`: a subset of CEL.',
    ),
});
export type ListQuery = z.infer<typeof listQuery>;

/** What every list answers beside its objects. */
export const listFields = {
  uri: z.string().describe('Absolute URL of the list.'),
  next_page_uri: z.string().nullable().describe('Absolute URL of the next, older page; null on the last.'),
};
