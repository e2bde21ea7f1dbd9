import { z } from 'zod';
import type { FilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { reference } from './reference.ts';
import { idOfPath } from './resource.ts';
import { text, timestamp } from './text.ts';

/** A customer, a company, a team: what everything else belongs to. */
export const account = z
  .object({
    id: z.string().describe('Id of the account (`ac_…`).'),
    uri: z.string().describe('Absolute URL of this object.'),
    created_at: timestamp().describe('When it was made (RFC 3339, UTC).'),
    name: z.string().describe('What people call it.'),
  })
  .meta({ id: 'Account' });

/** `PATCH /accounts/{id}`. */
export const updateAccountBody = z
  .strictObject({ ...idOfPath, name: text(255).min(1).describe('Another name. At most 255 bytes.') })
  .meta({ id: 'AccountUpdate' });

export const accountFilterFields = {
  ...{ id: 'id', created_at: 'timestamp', name: 'string' },
} as const satisfies FilterFields;

export const accountList = z
  .object({ accounts: z.array(account).describe('The account of the caller.'), ...listFields })
  .meta({ id: 'AccountList' });

/** `GET /`: where everything is, and who asks. */
export const root = z
  .object({
    uri: z.string().describe('Absolute URL of this API.'),
    subresource_uris: z.record(z.string(), z.string()).describe('Absolute URLs of its collections, by name.'),
    account: reference.describe('The account that the API key belongs to.'),
    user: reference.describe('The user or service user that it acts for.'),
    api_key: reference.describe('The API key itself.'),
  })
  .meta({ id: 'Root' });
