import { z } from 'zod';

export const logConfig = z.strictObject({
  metadata: z
    .record(z.string().min(1).max(128), z.string().max(8_192).meta({ expressions: 'inside' }))
    .refine((fields) => Object.keys(fields).length > 0, 'give at least one field')
    .refine((fields) => Object.keys(fields).length <= 20, 'at most 20 fields')
    .describe('Names and texts, 1 to 20; texts may have expressions.'),
});

export type LogConfig = z.output<typeof logConfig>;
