import { z } from 'zod';
import { text, timestamp } from './text.ts';

const password = text(1024).meta({ isSecret: true });
const newPassword = password.describe('12 to 1,024 bytes, of whatever characters; not the one before.');
const code = text(64).meta({ isSecret: true });

/** `POST /login`: by name and password, without a key. */
export const loginBody = z
  .strictObject({
    account: text(255).nullish().describe('Name or id. Default: any; needed by who is in several accounts.'),
    user: text(255).min(1).describe('Name or id of a person.'),
    password: password.describe('Of that person.'),
    code: code.nullish().describe('Of the second factor, for who has one: six digits of the app, or a recovery code.'),
    new_password: newPassword.nullish().describe(`${newPassword.description} Default: the password stays.`),
    kind: z.enum(['authtoken', 'api_key']).describe('What to make.'),
    description: text(255).nullish().describe('For people: what it is for. At most 255 bytes. Default empty.'),
  })
  .meta({ id: 'Login' });

/** What a login has made. */
export const loginAnswer = z
  .object({
    id: z.string().describe('Id of the authtoken (`cr_…`) or API key (`ak_…`).'),
    uri: z.string().describe('Absolute URL of it.'),
    kind: z.enum(['authtoken', 'api_key']).describe('What it is.'),
    created_at: timestamp().describe('When it was made (RFC 3339, UTC).'),
    description: z.string().describe('For people: what it is for.'),
    metadata: z.string().describe('Always empty.'),
    account_id: z.string().describe('The account that it is for.'),
    owner_id: z.string().describe('The user it acts for: who has logged in.'),
    acl: z.array(z.string()).describe('Always empty: no limit.'),
    token: z.string().describe('The secret. Only in this answer; it cannot be read again.'),
  })
  .meta({ id: 'LoggedIn' });

/** `PUT /users/{id}/password`. */
export const passwordChange = z
  .strictObject({ current_password: password.describe('The one there is.'), new_password: newPassword })
  .meta({ id: 'PasswordChange' });

/** `POST /users/{id}/totp`. */
export const totpBegin = z
  .strictObject({ current_password: password.describe('A key alone must not be enough to lock its owner out.') })
  .meta({ id: 'TotpBegin' });

export const totpSecret = z
  .object({
    secret: z.string().describe('For the authenticator app, in base32. Only in this answer.'),
    uri: z.string().describe('The same with the names of server and person (`otpauth://…`), as a QR code has it.'),
  })
  .meta({ id: 'TotpSecret' });

/** `POST /users/{id}/totp/confirm` and `/remove`. */
export const totpCode = z.strictObject({ code: code.describe('Six digits of the app.') }).meta({ id: 'TotpCode' });
export const secondFactorCode = z
  .strictObject({ code: code.describe('Six digits of the app, or a recovery code.') })
  .meta({ id: 'SecondFactorCode' });

export const recoveryCodes = z
  .object({
    recovery_codes: z.array(z.string()).describe('Each is good once, in place of a code. Only in this answer.'),
  })
  .meta({ id: 'RecoveryCodes' });
