import { z } from 'zod';
import { type FilterFields, usualFilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { text, timestamp } from './text.ts';

const createFields = {
  description: text(255).nullish().describe('For people: what it is for. At most 255 bytes. Default empty.'),
  metadata: text(4096).nullish().describe('For programs: opaque to the server. At most 4,096 bytes. Default empty.'),
  owner_id: z.string().nullish().describe('The user it acts for. Default, and at present the only choice: the caller.'),
};

const fields = {
  uri: z.string().describe('Absolute URL of this object.'),
  created_at: timestamp().describe('When it was made (RFC 3339, UTC).'),
  description: z.string().describe('For people: what it is for.'),
  metadata: z.string().describe('For programs: opaque to the server.'),
  owner_id: z.string().describe('The user it acts for.'),
  token: z.string().optional().describe('The secret. Only in the answer that made it; it cannot be read again.'),
};

// A restriction that is not enforced must not be accepted: the maker would believe in it.
const noAcl = z
  .array(z.string())
  .max(0, 'is not supported by this server: leave it out or empty')
  .nullish()
  .describe(
    'Limits what the authtoken may bind. Not supported yet: only absent or empty is accepted, which is no limit.',
  );

/** Of authtokens and API keys. */
export const credentialFilterFields = { ...usualFilterFields, owner_id: 'id' } as const satisfies FilterFields;

/** `POST /credentials`: an authtoken, with which agents open sessions. */
export const createCredentialBody = z.strictObject({ ...createFields, acl: noAcl });

export const credential = z.object({
  id: z.string().describe('Id of the authtoken (`cr_…`).'),
  ...fields,
  acl: z.array(z.string()).describe('Limits what the authtoken may bind. Empty: no limit.'),
});
export type CredentialBody = z.infer<typeof credential>;

export const credentialList = z.object({
  credentials: z.array(credential).describe('Authtokens, newest first.'),
  ...listFields,
});

/** `POST /api_keys`: an API key, with which programs call this API. */
export const createApiKeyBody = z.strictObject(createFields);

export const apiKey = z.object({ id: z.string().describe('Id of the API key (`ak_…`).'), ...fields });
export type ApiKeyBody = z.infer<typeof apiKey>;

export const apiKeyList = z.object({
  keys: z.array(apiKey).describe('API keys, newest first.'),
  ...listFields,
});
