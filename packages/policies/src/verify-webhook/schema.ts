import { z } from 'zod';

/** The content is kept in memory while it is checked. */
const usualMaxBodyBytes = 1_048_576;
/** What GitHub and GitLab send at most. */
const mostMaxBodyBytes = 26_214_400;
const maxSecrets = 10;
const secret = z.string().max(8_192).meta({ isSecret: true, expressions: 'inside' });

/** The form only: which providers there are, and what their secrets look like, is for `prepare` to say. */
export const verifyWebhookConfig = z.strictObject({
  provider: z.string().max(64).describe('Id of the provider, e.g. "github"; the README has them all.'),
  secret: secret
    .optional()
    .describe(
      'What the provider signs with. May have `${…}`, e.g. `${secrets.get("vault", "github")}`. For "sns": whose topics may deliver.',
    ),
  secrets: z
    .array(secret)
    .max(maxSecrets)
    .default([])
    .describe('More secrets, each as good as "secret", at most 10: while one is being replaced.'),
  enforce: z
    .boolean()
    .default(true)
    .describe('False: what is not verified passes too, and `actions.adit.verify_webhook.verified` tells.'),
  max_body_bytes: z
    .int()
    .min(1)
    .max(mostMaxBodyBytes)
    .default(usualMaxBodyBytes)
    .describe('Longer content is refused (code 9010), bytes. At most 25 MiB.'),
  handshakes: z
    .enum(['answer', 'forward'])
    .default('answer')
    .describe(
      'What is done with what a provider asks of a new address: answered here, or left to your service, also where it is unsigned.',
    ),
  verify_token: z
    .string()
    .min(1)
    .max(1_024)
    .meta({ isSecret: true, expressions: 'inside' })
    .optional()
    .describe(
      'The token that you gave Meta with the address of a webhook. May have `${…}`. Only for the providers of Meta.',
    ),
});

export type VerifyWebhookConfig = z.output<typeof verifyWebhookConfig>;
