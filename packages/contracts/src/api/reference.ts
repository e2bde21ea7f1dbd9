import { z } from 'zod';

/** Points at another object. */
export const reference = z
  .object({
    id: z.string().describe('Id of the object.'),
    uri: z.string().describe('Absolute URL of the object.'),
  })
  .meta({ id: 'Reference' });
