import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { Credential, CredentialKind } from '../../domain/entities.ts';
import type { Member, StoreTransaction } from '../../domain/store.ts';
import { checkRequest } from '../check-request.ts';
import { clientAddressOf } from '../client-address.ts';
import type { ApiServer, RouteDeps } from '../control-deps.ts';
import { issueWithin } from '../issue-credential.ts';
import { refuseIdempotencyKey } from '../refuse-idempotency-key.ts';
import { type Entrance, provePerson } from './prove-person.ts';
import { refuseForeignPage } from './refuse-foreign-page.ts';

/** Above the longest body there is: strangers make us read no more. */
const maxBodyBytes = 16 * 1024;

const schema = {
  operationId: 'logIn',
  summary: 'Make an authtoken or an API key by name and password, without having one',
  body: contract.loginBody,
  response: { 201: contract.loginAnswer },
};

/** `POST /login`: the one way in that needs no key. */
export function addLoginRoutes(
  app: ApiServer,
  deps: Pick<RouteDeps, 'store' | 'logins' | 'limits' | 'publicUrl' | 'log'>,
): void {
  const onRequest = async ({ method, headers }: { method: string; headers: Parameters<typeof checkRequest>[1] }) => {
    checkRequest(method, headers);
    refuseForeignPage(headers, deps.publicUrl());
    refuseIdempotencyKey(headers);
  };
  app.post('/login', { schema, bodyLimit: maxBodyBytes, onRequest }, async (request, reply) => {
    const { account, user, password, code, new_password, kind, description } = request.body;
    const clientAddress = clientAddressOf(request.raw);
    const claim = {
      ...{ user, password, clientAddress, account: account ?? undefined },
      ...{ code: code ?? undefined, newPassword: new_password ?? undefined },
    };
    const asked = { kind, description: description ?? '', clientAddress, max: deps.limits.maxCredentialsPerAccount };
    const parts = { ...deps.logins, store: deps.store };
    const proved = provePerson(parts, claim, (tx, member) => giveKey(tx, member, asked));
    const { credential, secret } = await proved.catch((error: unknown) => {
      // No name: people type passwords into the wrong field.
      if (error instanceof AditError) deps.log.info({ code: error.code, clientAddress }, 'Login refused');
      throw error;
    });
    const path = kind === 'authtoken' ? '/credentials' : '/api_keys';
    return reply.code(201).send({ ...show(credential, deps.publicUrl() + path), token: secret });
  });
}

interface Asked {
  readonly kind: CredentialKind;
  readonly description: string;
  readonly clientAddress: string | undefined;
  /** So many credentials may the account have. */
  readonly max: number;
}

/** Everybody may have keys of their own: they can do no more than their owner. */
async function giveKey(
  tx: StoreTransaction,
  { accountId, userId, roles }: Member,
  { kind, description, clientAddress, max }: Asked,
): Promise<Entrance<Awaited<ReturnType<typeof issueWithin>>>> {
  if ((await tx.countCredentials(accountId)) >= max) {
    throw new AditError(9110, `Cannot make a credential: the account has ${max}`);
  }
  const principalOf = ({ id: credentialId, kind: credentialKind, acl }: Credential) => ({
    ...{ accountId, userId, roles, credentialId, credentialKind, acl },
    ...(clientAddress !== undefined && { clientAddress }),
  });
  const result = await issueWithin(tx, { accountId, userId }, { kind, description, actor: principalOf });
  return { principal: principalOf(result.credential), result };
}

function show(credential: Credential, collectionUri: string) {
  const { id, kind, description, metadata, acl } = credential;
  return {
    ...{ id, uri: `${collectionUri}/${id}`, kind, description, metadata, acl: [...acl] },
    created_at: new Date(credential.createdAtMs).toISOString(),
    account_id: credential.accountId,
    owner_id: credential.ownerId,
  };
}
