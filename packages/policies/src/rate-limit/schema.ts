import { z } from 'zod';

const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `90s`, `5m`, `1h30m` as milliseconds. */
const rate = z
  .string()
  .regex(/^(?:\d{1,6}[hms])+$/, 'a time is written like 60s, 5m or 1h30m')
  .transform((text) =>
    [...text.matchAll(/(\d+)([hms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as 's'], 0),
  )
  .refine((ms) => ms >= 60_000 && ms <= 86_400_000 && ms % 10_000 === 0, 'the rate is 60s to 24h, in steps of 10s');

export const rateLimitConfig = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(1_023)
    .describe('What it is counted under: a limit of another name, or with another rate, counts for itself.'),
  algorithm: z.literal('sliding_window').describe('How it is counted; there is one way.'),
  capacity: z.int().min(1).max(2_000_000_000).describe('Requests that may pass in that time, 1 to 2,000,000,000.'),
  rate: rate.describe('The time, 60s to 24h in steps of 10s, e.g. `60s`.'),
  bucket_key: z
    .array(z.string().min(1).meta({ expressions: 'whole' }))
    .min(1)
    .max(10)
    .describe('Expressions, 1 to 10: requests for which all have the same values are counted together.'),
  enforce: z.boolean().default(true).describe('False: nobody is refused, only the result is set. Default: true.'),
});

export type RateLimitConfig = z.output<typeof rateLimitConfig>;
