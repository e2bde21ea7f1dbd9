import { z } from 'zod';
import { algorithms } from './algorithms.ts';
import { tokenTypes } from './token-types.ts';

const allowed = (what: string) =>
  z.strictObject({
    allow_list: z
      .array(
        z.strictObject({
          value: z.string().min(1).meta({ expressions: 'inside' }).describe(`${what}, exactly as it is written.`),
        }),
      )
      .min(1)
      .max(100)
      .describe('One of these is enough, 1 to 100.'),
  });

const token = z.strictObject({
  type: z.enum(tokenTypes).describe('What sort of token it is; see "Types".'),
  method: z.enum(['header', 'body']).describe('Where it is.'),
  name: z
    .string()
    .min(1)
    .meta({ expressions: 'inside' })
    .describe('The name of the header, or of the field of the form or JSON object; case does not matter.'),
  prefix: z
    .string()
    .meta({ expressions: 'inside' })
    .default('')
    .describe('What stands in front of it, such as `"Bearer "`. Default: nothing.'),
});

/** Published descriptions have both forms. */
const oneOrMore = <T extends z.ZodType>(schema: T) =>
  z
    .union([schema, z.array(schema).min(1)], { error: (issue) => problemOf(issue as UnionIssue) })
    .transform((value) => [value].flat() as z.output<T>[]);

interface UnionIssue {
  readonly input: unknown;
  readonly errors: readonly (readonly z.core.$ZodIssue[])[];
}

/** Of the form that was meant, so that the user finds the mistake in it. */
function problemOf({ input, errors: [ofOne = [], ofList = []] }: UnionIssue): string | undefined {
  const [issue] = Array.isArray(input) ? ofList : ofOne;
  return issue && [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': ');
}

const source = z.strictObject({
  additional_jkus: z
    .array(z.string().min(1).meta({ expressions: 'inside' }))
    .min(1)
    .max(10)
    .describe('Addresses of key sets (JWKS), https, 1 to 10.'),
});

const keys = z.strictObject({
  sources: oneOrMore(source).describe('Where the keys come from: an object, or a list of them.'),
  identification: z
    .strictObject({
      token_claims: z.array(z.literal('kid')).min(1).describe('`kid`: it is what a key is known by in any case.'),
    })
    .optional()
    .describe('How a token names its key. There is one way.'),
});

export const jwtValidationConfig = z.strictObject({
  issuer: allowed('An issuer').describe('Who may have issued the tokens; may have expressions.'),
  audience: allowed('An audience').optional().describe('For whom the tokens must be. Default: anybody.'),
  http: z
    .strictObject({ tokens: z.array(token).min(1).max(10).describe('The tokens, 1 to 10: every one must be there.') })
    .describe('What requests have to carry.'),
  jws: z
    .strictObject({
      allowed_algorithms: z
        .array(z.enum(algorithms, 'it is not an algorithm with a public key'))
        .min(1)
        .describe('How tokens may be signed: algorithms with public keys only, such as `RS256`, `ES256`, `EdDSA`.'),
      keys: oneOrMore(keys).describe('What they are checked with: an object, or a list of them.'),
    })
    .describe('How they must be signed.'),
  clock_tolerance_seconds: z
    .int()
    .min(0)
    .max(300)
    .default(30)
    .describe('How far the clock of the issuer may be off, 0 to 300 seconds. Default: 30.'),
  max_body_bytes: z
    .int()
    .min(1)
    .max(4_194_304)
    .default(1_048_576)
    .describe('Longer contents are refused where a token is in them: 1 to 4,194,304 bytes. Default: 1 MiB.'),
});

export type JwtValidationConfig = z.output<typeof jwtValidationConfig>;
export type TokenPlace = JwtValidationConfig['http']['tokens'][number];
