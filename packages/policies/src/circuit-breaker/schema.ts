import { z } from 'zod';

const units = { s: 1_000, m: 60_000 } as const;

const duration = z
  .string()
  .regex(/^(?:\d{1,4}[ms])+$/, 'a time is written like 10s or 1m30s')
  .transform((text) =>
    [...text.matchAll(/(\d+)([ms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as 's'], 0),
  )
  .refine((ms) => ms >= 1_000 && ms <= 120_000, 'the time is 1s to 2m');

export const circuitBreakerConfig = z.strictObject({
  error_threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('The share of errors, 0 to 1, above which nothing passes. Default: 0.5.'),
  volume_threshold: z
    .int()
    .min(1)
    .max(2_000_000_000)
    .default(10)
    .describe('With fewer answers than that everything passes. Default: 10.'),
  window_duration: duration.prefault('10s').describe('The time that is looked at, 1s to 2m. Default: `10s`.'),
  tripped_duration: duration
    .prefault('10s')
    .describe('How long nothing passes before one tries, 1s to 2m. Default: `10s`.'),
  enforce: z.boolean().default(true).describe('False: nobody is refused. Default: true.'),
});

export type CircuitBreakerConfig = z.output<typeof circuitBreakerConfig>;
