import { z } from 'zod';

export const addHeadersConfig = z.strictObject({
  headers: z
    .record(z.string(), z.string().meta({ expressions: 'inside' }))
    .refine((headers) => Object.keys(headers).length > 0, 'give at least one header')
    .refine((headers) => Object.keys(headers).length <= 10, 'at most 10 headers')
    .describe('Names and values, 1 to 10; values may have expressions. Names are sent in lower case.'),
});

export type AddHeadersConfig = z.output<typeof addHeadersConfig>;
