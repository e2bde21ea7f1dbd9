import type { ErrorRow } from './error-row.ts';

/** Rows of the one table (`table.ts`): what can be wrong with names, rules, keys and certificates that people enter. */
export const inputRows = {
  // Domain names
  327: {
    kind: 'invalid',
    title: 'The domain name has an empty label',
    help: 'Put one dot between two labels.',
    ngrok: true,
  },
  328: {
    kind: 'invalid',
    title: 'A label of the domain name starts wrongly',
    help: 'Begin every label with a letter or a digit.',
    ngrok: true,
  },
  329: {
    kind: 'invalid',
    title: 'A label of the domain name ends wrongly',
    help: 'End every label with a letter or a digit.',
    ngrok: true,
  },
  330: {
    kind: 'invalid',
    title: 'A label of the domain name has two hyphens in a wrong place',
    help: 'Use "--" in third and fourth place for "xn--" only.',
    ngrok: true,
  },
  347: {
    kind: 'invalid',
    title: 'The domain name is not valid punycode',
    help: 'Write the name in its own letters, or correct its "xn--" labels.',
    ngrok: true,
  },
  355: {
    kind: 'invalid',
    title: 'The domain name has an underscore',
    help: 'Use a hyphen instead.',
    ngrok: true,
  },
  396: {
    kind: 'invalid',
    title: 'A label of the domain name is too long',
    help: 'Use at most 63 characters between two dots.',
    ngrok: true,
  },
  397: {
    kind: 'invalid',
    title: 'The domain name is too long',
    help: 'Use at most 253 characters.',
    ngrok: true,
  },
  402: {
    kind: 'invalid',
    title: 'A wildcard is not in first place',
    help: 'Use "*" for the whole first label only, e.g. "*.example.com".',
    ngrok: true,
  },
  403: {
    kind: 'invalid',
    title: 'A wildcard is not a whole label',
    help: 'Use "*" for the whole first label only, e.g. "*.example.com".',
    ngrok: true,
  },
  413: {
    kind: 'conflict',
    title: 'Your account has this domain already',
    help: 'Use the one there is, or choose another name.',
    ngrok: true,
  },
  414: {
    kind: 'conflict',
    title: 'The domain belongs to another account',
    help: 'Choose another name.',
    ngrok: true,
  },
  417: {
    kind: 'conflict',
    title: 'The wildcard is in conflict with a domain of another account',
    help: 'Choose another name.',
    ngrok: true,
  },
  // Credentials
  600: {
    kind: 'invalid',
    title: 'The ACL is not valid',
    help: 'Use "*" and rules such as "bind:app.example.com", "bind:*.example.com", "require:restrict-ips" or "secrets:*".',
    ngrok: true,
  },
  612: {
    kind: 'invalid',
    title: 'The SSH public key is not valid',
    help: 'Give one line of an OpenSSH ".pub" file.',
    ngrok: true,
  },
  // IP policies
  1406: {
    kind: 'invalid',
    title: 'The address block is not valid',
    help: 'Use CIDR notation, e.g. "203.0.113.0/24".',
    ngrok: true,
  },
  1409: {
    kind: 'invalid',
    title: 'The address is not the lowest of its block',
    help: 'Write the block that the message names.',
    ngrok: true,
  },
  1413: {
    kind: 'invalid',
    title: 'The address block has no mask',
    help: 'Add one: "/32" or "/128" for a single address.',
    ngrok: true,
  },
  // Webhooks
  363: {
    kind: 'invalid',
    title: 'No provider of webhooks is given',
    help: 'Name one; the page of the policy verify-webhook has them all.',
    ngrok: true,
  },
  364: {
    kind: 'invalid',
    title: 'The provider of webhooks is not supported',
    help: 'Name one that the page of the policy verify-webhook has.',
    ngrok: true,
  },
  379: {
    kind: 'invalid',
    title: 'The verification key of SendGrid is not valid',
    help: 'Copy the public key of the signed event webhook: base64, without any other text.',
    ngrok: true,
  },
  // Certificates
  1900: {
    kind: 'invalid',
    title: 'The certificate cannot be read',
    help: 'Give X.509 certificates in PEM.',
    ngrok: true,
  },
  1901: {
    kind: 'invalid',
    title: 'There is no private key',
    help: 'Give the PEM private key that belongs to the certificate.',
    ngrok: true,
  },
  1902: {
    kind: 'invalid',
    title: 'The private key is encrypted',
    help: 'Take its password away, e.g. with "openssl pkey".',
    ngrok: true,
  },
  1903: {
    kind: 'invalid',
    title: 'The private key cannot be read',
    help: 'Give one unencrypted private key in PEM.',
    ngrok: true,
  },
  1909: {
    kind: 'invalid',
    title: 'The key is of a type that is not supported',
    help: 'Use RSA of 2048 to 4096 bits, ECDSA with P-256, P-384 or P-521, or Ed25519.',
    ngrok: true,
  },
  1920: {
    kind: 'invalid',
    title: 'The certificate is not valid PEM',
    help: 'Give nothing but whole certificates in PEM.',
    ngrok: true,
  },
  1922: {
    kind: 'invalid',
    title: 'There is no certificate',
    help: 'Give at least one certificate in PEM.',
    ngrok: true,
  },
  1923: {
    kind: 'invalid',
    title: 'The private key does not belong to the certificate',
    help: 'Give the key of the first certificate.',
    ngrok: true,
  },
  1924: {
    kind: 'invalid',
    title: 'A certificate was given instead of a private key',
    help: 'Give the PEM private key that belongs to the certificate.',
    ngrok: true,
  },
  9231: {
    kind: 'invalid',
    title: 'The certificates do not form a usable chain',
    help: 'Give the certificate, then each CA after the one it issued.',
  },
  9232: {
    kind: 'invalid',
    title: 'The certificate is not that of a CA',
    help: 'Give certificates of CAs (basicConstraints: CA true).',
  },
  9233: {
    kind: 'invalid',
    title: 'The revocation list cannot be used',
    help: 'Give lists in PEM, each signed by one of the certificate authorities.',
  },
  9234: {
    kind: 'invalid',
    title: 'The revocation list is not valid now',
    help: 'Have the certificate authority make a new list, and give that one.',
  },
} as const satisfies Record<number, ErrorRow>;
