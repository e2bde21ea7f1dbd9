import type { ErrorRow } from './error-row.ts';

/** Rows of the one table (`table.ts`): logging in, and what people log in with. */
export const loginRows = {
  // One for everything that can be wrong, so that nobody learns which users there are.
  9140: {
    kind: 'unauthenticated',
    title: 'The name, the password or the code is wrong',
    help: 'Check them, and name the account if others may have the same user name; the operator can reset a password.',
  },
  9141: {
    kind: 'unauthenticated',
    title: 'A code is needed besides the password',
    help: 'Send the code that your authenticator app shows now, or one of your recovery codes, as "code".',
  },
  9142: {
    kind: 'conflict',
    title: 'You are in several accounts',
    help: 'Say which one you want to log in to, by its name or id.',
  },
  9143: {
    kind: 'forbidden',
    title: 'The password must be changed first',
    help: 'Choose another one, and send it as "new_password" together with the one you have.',
  },
  9144: {
    kind: 'invalid',
    title: 'This password cannot be used',
    help: 'Choose 12 to 1,024 bytes; a few words that nobody else would put together are good.',
  },
  9145: {
    kind: 'limit_exceeded',
    title: 'Too many attempts failed',
    help: 'Wait as long as the Retry-After header says; API keys and authtokens that you have work meanwhile.',
  },
  9146: {
    kind: 'conflict',
    title: 'There is a second factor already',
    help: 'Remove it first, with a code of it.',
  },
  9147: {
    kind: 'conflict',
    title: 'There is no second factor',
    help: 'Begin to set one up first.',
  },
  9148: {
    kind: 'conflict',
    title: 'There is no password yet',
    help: 'Ask the operator of the server for one ("adit admin user reset-password").',
  },
  9149: {
    kind: 'forbidden',
    title: 'Pages of other sites may not log anybody in',
    help: 'Log in with "adit login", or by a program of yours.',
  },
} as const satisfies Record<number, ErrorRow>;
