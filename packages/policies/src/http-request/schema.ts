import { z } from 'zod';

const units = { ms: 1, s: 1_000 } as const;

const timeout = z
  .string()
  .regex(/^\d{1,5}m?s$/, 'a time is written like 3s or 1500ms')
  .transform((text) => Number.parseInt(text, 10) * units[text.endsWith('ms') ? 'ms' : 's'])
  .refine((ms) => ms >= 1_000 && ms <= 30_000, 'the time is 1s to 30s');

export const httpRequestConfig = z.strictObject({
  url: z
    .string()
    .min(1)
    .max(8_192)
    .meta({ expressions: 'inside' })
    .describe(
      'What is called; may have expressions behind its host. Public addresses and internal endpoints, see "What may be called".',
    ),
  method: z
    .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .default('GET')
    .describe('GET, POST, PUT, PATCH, DELETE or OPTIONS. Default: GET.'),
  query_params: z
    .array(
      z.strictObject({
        key: z
          .string()
          .min(1)
          .max(128)
          .meta({ expressions: 'inside' })
          .describe('Its name, at most 128 characters; may have expressions.'),
        value: z
          .string()
          .max(8_192)
          .meta({ expressions: 'inside' })
          .describe('Its value, at most 8,192 characters; may have expressions.'),
      }),
    )
    .max(32)
    .default([])
    .describe('Added to the url and encoded for it, at most 32. Default: none.'),
  headers: z
    .record(z.string(), z.string().meta({ expressions: 'inside' }))
    .refine((headers) => Object.keys(headers).length <= 10, 'at most 10 headers')
    .default({})
    .describe('Header lines, at most 10; values may have expressions. Nothing of the visitor is sent but his address.'),
  body: z
    .string()
    .meta({ expressions: 'inside' })
    .default('')
    .describe('The content; may have expressions. Not for GET. Default: none.'),
  max_redirects: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('How many redirections are followed, 0 to 10; the next one is the answer. Default: 0.'),
  timeout: timeout
    .prefault('3s')
    .describe('How long all of it may take, with redirections and further attempts: 1s to 30s. Default: `3s`.'),
  retry_condition: z
    .string()
    .min(1)
    .meta({ expressions: 'whole' })
    .optional()
    .describe('An expression: true calls again, at most three times; see "Attempts". Default: one attempt.'),
  on_error: z
    .enum(['continue', 'halt'])
    .default('continue')
    .describe(
      'When there is no answer: `continue` asks the next action, `halt` refuses the visitor. Default: `continue`.',
    ),
});

export type HttpRequestConfig = z.output<typeof httpRequestConfig>;
