import { z } from 'zod';
import { type FilterFields, usualFilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { idOfPath } from './resource.ts';
import { text, timestamp } from './text.ts';

const createFields = {
  description: text(255).nullish().describe('For people: what it is for. At most 255 bytes. Default empty.'),
  metadata: text(4096).nullish().describe('For programs: opaque to the server. At most 4,096 bytes. Default empty.'),
  owner_id: z
    .string()
    .nullish()
    .describe(
      'The user or service user it acts for; for others than the caller administrators only. Default: the caller.',
    ),
};

const updateFields = {
  ...idOfPath,
  description: text(255).nullish().describe('For people: what it is for. At most 255 bytes. Default: as it is.'),
  metadata: text(4096)
    .nullish()
    .describe('For programs: opaque to the server. At most 4,096 bytes. Default: as it is.'),
};

const fields = {
  uri: z.string().describe('Absolute URL of this object.'),
  created_at: timestamp().describe('When it was made (RFC 3339, UTC).'),
  description: z.string().describe('For people: what it is for.'),
  metadata: z.string().describe('For programs: opaque to the server.'),
  owner_id: z.string().describe('The user or service user it acts for.'),
  token: z.string().optional().describe('The secret. Only in the answer that made it; it cannot be read again.'),
};

export const acl = z
  .array(z.string())
  .nullish()
  .describe(
    'What agents may open with it: `bind:HOST`, `bind:*.HOST` (all names below), `bind:HOST:PORT` (tcp), `bind:*`. ' +
      'Whatever one of the rules allows. And what policies each of its endpoints must have, for all visitors: `require:ACTION`, ' +
      '`require:ACTION {"setting":value}`. With rules that limit what may be opened, policies of agents read secrets only by ' +
      '`secrets:*`. At most 100 rules, 8 KiB together. Empty: no limit. Default: ',
  );

/** Of authtokens and API keys. */
export const credentialFilterFields = { ...usualFilterFields, owner_id: 'id' } as const satisfies FilterFields;

/** `POST /credentials`: an authtoken, with which agents open sessions. */
export const createCredentialBody = z
  .strictObject({ ...createFields, acl: described(acl, 'no limit.') })
  .meta({ id: 'CredentialCreate' });

/** `PATCH /credentials/{id}`. What is left out or null stays as it is. */
export const updateCredentialBody = z
  .strictObject({ ...updateFields, acl: described(acl, 'as it is.') })
  .meta({ id: 'CredentialUpdate' });

export const credential = z
  .object({
    id: z.string().describe('Id of the authtoken (`cr_…`).'),
    ...fields,
    acl: z.array(z.string()).describe('Limits what the authtoken may bind. Empty: no limit.'),
  })
  .meta({ id: 'Credential' });
export type CredentialBody = z.infer<typeof credential>;

export const credentialList = z
  .object({
    credentials: z.array(credential).describe('Authtokens, newest first.'),
    ...listFields,
  })
  .meta({ id: 'CredentialList' });

/** `POST /api_keys`: an API key, with which programs call this API. */
export const createApiKeyBody = z.strictObject(createFields).meta({ id: 'ApiKeyCreate' });

/** `PATCH /api_keys/{id}`. What is left out or null stays as it is. */
export const updateApiKeyBody = z.strictObject(updateFields).meta({ id: 'ApiKeyUpdate' });

export const apiKey = z
  .object({ id: z.string().describe('Id of the API key (`ak_…`).'), ...fields })
  .meta({ id: 'ApiKey' });
export type ApiKeyBody = z.infer<typeof apiKey>;

export const apiKeyList = z
  .object({
    keys: z.array(apiKey).describe('API keys, newest first.'),
    ...listFields,
  })
  .meta({ id: 'ApiKeyList' });

function described<T extends z.ZodType>(schema: T, absent: string): T {
  return schema.describe(`${schema.description}${absent}`);
}
