import * as contract from '@adit/contracts/api';
import type { z } from 'zod';
import type { CredentialKind } from '../domain/entities.ts';

export interface CreateBody {
  description?: string | null | undefined;
  metadata?: string | null | undefined;
  owner_id?: string | null | undefined;
  /** Of authtokens. */
  acl?: string[] | null | undefined;
}

export interface UpdateBody extends Omit<CreateBody, 'owner_id'> {
  id?: string | undefined;
}

/** All in which authtokens and API keys differ. */
export interface CredentialResource {
  readonly kind: CredentialKind;
  readonly idKind: 'credential' | 'apiKey';
  /** Of one, in names of operations. */
  readonly name: string;
  /** Of one, as in a sentence. */
  readonly title: string;
  readonly path: string;
  readonly listKey: string;
  readonly createBody: z.ZodType<CreateBody>;
  readonly updateBody: z.ZodType<UpdateBody>;
  readonly body: z.ZodType;
  readonly listBody: z.ZodType;
}

export const authtokens: CredentialResource = {
  kind: 'authtoken',
  idKind: 'credential',
  name: 'Credential',
  title: 'an authtoken',
  path: '/credentials',
  listKey: 'credentials',
  createBody: contract.createCredentialBody,
  updateBody: contract.updateCredentialBody,
  body: contract.credential,
  listBody: contract.credentialList,
};

export const apiKeys: CredentialResource = {
  kind: 'api_key',
  idKind: 'apiKey',
  name: 'ApiKey',
  title: 'an API key',
  path: '/api_keys',
  listKey: 'keys',
  createBody: contract.createApiKeyBody,
  updateBody: contract.updateApiKeyBody,
  body: contract.apiKey,
  listBody: contract.apiKeyList,
};
