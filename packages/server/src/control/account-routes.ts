import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { authorize, missing } from '../domain/authorize.ts';
import type { Account } from '../domain/entities.ts';
import type { Principal } from '../domain/principal.ts';
import { checkedName } from './checked-name.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { etagOf, expectationOf } from './etag.ts';
import { idParams, parseId } from './parse-id.ts';
import { principalOf } from './principal-of.ts';
import { pageOf, readPage } from './read-page.ts';
import { checkSameId } from './same-id.ts';
import { writeAs } from './write-as.ts';

const one = { params: idParams, responseHeaders: ['ETag'], response: { 200: contract.account } } as const;
const schemas = {
  list: {
    ...{ operationId: 'listAccounts', summary: 'List the accounts that the API key is for: one' },
    ...{ querystring: contract.listQuery, response: { 200: contract.accountList } },
  },
  get: { operationId: 'getAccount', summary: 'Read the account', ...one },
  update: {
    ...{ operationId: 'updateAccount', summary: 'Give the account another name', ...one },
    ...{ requestHeaders: ['If-Match'] as const, body: contract.updateAccountBody },
  },
} as const;

/** The caller's own account. Accounts are made, suspended and deleted by the operator of the server. */
export function addAccountRoutes(
  api: ApiServer,
  deps: Pick<RouteDeps, 'store' | 'clock' | 'scans' | 'publicUrl'>,
): void {
  const { store } = deps;
  const uri = () => `${deps.publicUrl()}/accounts`;

  api.get('/accounts', { schema: schemas.list }, async (request) => {
    const account = await visibleTo(principalOf(request));
    const source = {
      idKind: 'account' as const,
      uri: uri(),
      filterFields: contract.accountFilterFields,
      read: pageOf([account]),
      show: (account: Account) => showAccount(account, uri()),
    };
    const { items, ...links } = await readPage(request.query, source, {
      ...deps,
      accountId: principalOf(request).accountId,
    });
    return { accounts: items, ...links };
  });

  api.get('/accounts/:id', { schema: schemas.get }, async (request, reply) => {
    const account = await visibleTo(principalOf(request));
    if (account.id !== parseId('account', request.params.id)) throw missing();
    return reply.header('etag', etagOf(account)).send(showAccount(account, uri()));
  });

  api.patch('/accounts/:id', { schema: schemas.update }, async (request, reply) => {
    const principal = principalOf(request);
    const id = parseId('account', request.params.id);
    checkSameId(request.body.id, id);
    authorize(principal, 'account.update', { accountId: id, ownerId: null });
    const isExpected = expectationOf(request.headers);
    const account = await renameAccount(store, principal, { name: checkedName(request.body.name), isExpected });
    return reply.header('etag', etagOf(account)).send(showAccount(account, uri()));
  });

  async function visibleTo(principal: Principal): Promise<Account> {
    authorize(principal, 'account.read', { accountId: principal.accountId, ownerId: null });
    const account = await store.findAccount(principal.accountId);
    if (!account) throw missing();
    return account;
  }
}

/** Several accounts may have one name: to refuse it would tell who else is on the server. */
function renameAccount(
  store: RouteDeps['store'],
  principal: Principal,
  { name, isExpected }: { name: string; isExpected(account: Account): boolean },
): Promise<Account> {
  return writeAs(store, principal, async (tx) => {
    const account = await tx.findAccount(principal.accountId);
    if (!account) throw missing();
    if (!isExpected(account)) throw new AditError(9106);
    const renamed = { ...account, name, revision: account.revision + 1 };
    await tx.renameAccount(renamed);
    const { id: accountId, revision } = renamed;
    const record = { accountId, actor: principal, action: 'account.update', resourceId: accountId };
    await tx.appendAudit({ ...record, details: { revision } });
    return renamed;
  });
}

function showAccount({ id, name, createdAtMs }: Account, collectionUri: string) {
  return { id, uri: `${collectionUri}/${id}`, created_at: new Date(createdAtMs).toISOString(), name };
}
