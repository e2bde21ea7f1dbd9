import { z } from 'zod';

export const headerAuthConfig = z.strictObject({
  header: z
    .string()
    .min(1)
    .max(128)
    .default('authorization')
    .describe('The name of the header. Default: `authorization`.'),
  prefix: z
    .string()
    .max(64)
    .default('')
    .describe('What stands before the secret, e.g. `Bearer ` with its space. Default: nothing.'),
  secrets: z
    .array(z.string().min(1).max(4_096).meta({ isSecret: true, expressions: 'inside' }))
    .min(1)
    .max(10)
    .describe(
      'What it must say, 1 to 10: several while one takes the place of another. May have expressions, such as secrets.',
    ),
  strip: z.boolean().default(true).describe('True: the service does not get the header. Default: true.'),
  enforce: z.boolean().default(true).describe('False: nobody is refused, only the result is set. Default: true.'),
});

export type HeaderAuthConfig = z.output<typeof headerAuthConfig>;
