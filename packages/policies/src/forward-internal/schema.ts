import { z } from 'zod';

export const forwardInternalConfig = z.strictObject({
  url: z
    .string()
    .min(1)
    .max(2_048)
    .meta({ expressions: 'inside' })
    .describe('The internal endpoint, e.g. `https://users.internal`; may have expressions.'),
  on_error: z
    .enum(['halt', 'continue'])
    .default('halt')
    .describe('What to do when it is offline: `halt` answers 404, `continue` asks the next action. Default: `halt`.'),
});

export type ForwardInternalConfig = z.output<typeof forwardInternalConfig>;
