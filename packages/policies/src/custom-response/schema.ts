import { z } from 'zod';

export const customResponseConfig = z.strictObject({
  status_code: z.int().min(200).max(599).default(200).describe('200 to 599. Default: 200.'),
  body: z
    .string()
    .meta({ expressions: 'inside' })
    .default('')
    .describe('The content; may have expressions. Default: none.'),
  headers: z
    .record(z.string(), z.string().meta({ expressions: 'inside' }))
    .refine((headers) => Object.keys(headers).length <= 10, 'at most 10 headers')
    .default({})
    .describe('Header lines, at most 10; values may have expressions. Without a content-type one is guessed.'),
});

export type CustomResponseConfig = z.output<typeof customResponseConfig>;
