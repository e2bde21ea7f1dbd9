import { z } from 'zod';

export const removeHeadersConfig = z.strictObject({
  headers: z.array(z.string()).min(1).max(10).describe('Names, 1 to 10, in any letter case.'),
});

export type RemoveHeadersConfig = z.output<typeof removeHeadersConfig>;
