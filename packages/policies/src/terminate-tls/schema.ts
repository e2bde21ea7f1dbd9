import { z } from 'zod';

/** PEM with certificates; with what stands around them they are far shorter. */
const maxTextLength = 262_144;
const maxTexts = 50;
const maxListLength = 1_048_576;
const maxLists = 10;
const version = z.enum(['1.2', '1.3']);

/** The form only: what a text holds is for `prepare` to say, with a code of its own. */
export const terminateTlsConfig = z
  .strictObject({
    min_version: version.default('1.2').describe('The oldest version of TLS, "1.2" or "1.3". Default: "1.2".'),
    max_version: version.default('1.3').describe('The newest version of TLS, "1.2" or "1.3". Default: "1.3".'),
    server_certificate: z
      .string()
      .max(maxTextLength)
      .optional()
      .describe('The certificate to serve, PEM, then those between it and a root. Default: that of the name.'),
    server_private_key: z
      .string()
      .max(maxTextLength)
      .optional()
      .meta({ isSecret: true })
      .describe('Its private key, PEM, unencrypted. With "server_certificate" only.'),
    mutual_tls_certificate_authorities: z
      .array(z.string().min(1).max(maxTextLength))
      .max(maxTexts)
      .default([])
      .describe(
        'Whose certificates are good: PEM of CA certificates, or ids of certificate authorities of the account, at most 50. Empty: visitors are asked for none.',
      ),
    mutual_tls_verification_strategy: z
      .enum(['require-and-verify', 'require-any', 'request'])
      .optional()
      .describe(
        '"require-and-verify": only with a certificate of these authorities. "require-any": only with one, whoever signed it. "request": also without. Default: "require-and-verify".',
      ),
    mutual_tls_revocation_lists: z
      .array(z.string().min(1).max(maxListLength))
      .max(maxLists)
      .default([])
      .describe(
        'Revocation lists (CRL), PEM, at most 10, beside those that certificate authorities of the account have: there must be one of every authority from the visitor to the root. Default: those of the account; without any, none is looked at.',
      ),
  })
  .refine(({ min_version: min, max_version: max }) => min <= max, '"min_version" is newer than "max_version"')
  .refine(
    ({ server_certificate: cert, server_private_key: key }) => (cert === undefined) === (key === undefined),
    'give "server_certificate" and "server_private_key" together, or neither',
  )
  .refine(
    ({ mutual_tls_verification_strategy: strategy, ...config }) =>
      config.mutual_tls_certificate_authorities.length > 0 ||
      (strategy === undefined && config.mutual_tls_revocation_lists.length === 0),
    'give "mutual_tls_certificate_authorities" as well: without them visitors are asked for no certificate',
  );

export type TerminateTlsConfig = z.output<typeof terminateTlsConfig>;
