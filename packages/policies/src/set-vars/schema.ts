import { z } from 'zod';

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'a name is letters, digits and _, and begins with none of the digits');
const value = z.union([z.string().max(8_192).meta({ expressions: 'inside' }), z.number(), z.boolean()]);

export const setVarsConfig = z.strictObject({
  vars: z
    .array(z.record(name, value).refine((one) => Object.keys(one).length === 1, 'each entry sets one variable'))
    .min(1)
    .max(50)
    .describe(
      'Names and values in order, one in each entry, at most 50. A text that is one expression and nothing else keeps its type.',
    ),
});

export type SetVarsConfig = z.output<typeof setVarsConfig>;
