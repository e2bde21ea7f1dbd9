import { z } from 'zod';

export const redirectConfig = z.strictObject({
  from: z
    .string()
    .min(1)
    .meta({ expressions: 'inside' })
    .optional()
    .describe(
      'A pattern (RE2) that is looked for in the whole address, anywhere in it; may have expressions. Default: everybody is sent to "to".',
    ),
  to: z
    .string()
    .min(1)
    .meta({ expressions: 'inside' })
    .describe('What every match is replaced by, `$1` to `$9` stand for groups; without "from" the whole address.'),
  status_code: z
    .literal([300, 301, 302, 303, 307, 308])
    .default(302)
    .describe('300, 301, 302, 303, 307 or 308. Default: 302.'),
  headers: z
    .record(z.string(), z.string().meta({ expressions: 'inside' }))
    .refine((headers) => Object.keys(headers).length <= 10, 'at most 10 headers')
    .default({})
    .describe('Header lines of the answer, at most 10; values may have expressions. Default: none.'),
});

export type RedirectConfig = z.output<typeof redirectConfig>;
