import { z } from 'zod';

export const denyConfig = z.strictObject({
  status_code: z
    .int()
    .min(400)
    .max(599)
    .default(403)
    .describe('The status that the visitor gets, 400 to 599. Default: 403. A connection that is refused is closed.'),
});

export type DenyConfig = z.output<typeof denyConfig>;
