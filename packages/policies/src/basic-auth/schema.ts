import { z } from 'zod';

const credential = z
  .string()
  .meta({ isSecret: true, expressions: 'inside' })
  .refine(
    // What an expression stands for is looked at when it is known.
    (text) => text.includes('${') || isPair(text),
    { error: 'a credential is user:password with a password of 8 to 128 bytes' },
  );

/** `user:password`, parted by the first colon. */
export function isPair(text: string): boolean {
  const colon = text.indexOf(':');
  const bytes = Buffer.byteLength(text.slice(colon + 1));
  return colon > 0 && bytes >= 8 && bytes <= 128;
}

export const basicAuthConfig = z.strictObject({
  credentials: z
    .array(credential)
    .min(1)
    .max(10)
    .describe(
      'Pairs `user:password`, 1 to 10; the first colon parts them. Passwords have 8 to 128 bytes. May have expressions, such as secrets.',
    ),
  realm: z
    .string()
    .max(128)
    .regex(/^[\x20-\x7e]*$/, 'printable ASCII only')
    .default('adit')
    .describe('What browsers show beside the question, at most 128 characters. Default: `adit`.'),
  enforce: z.boolean().default(true).describe('False: nobody is refused, only the result is set. Default: true.'),
});

export type BasicAuthConfig = z.output<typeof basicAuthConfig>;
