import { listQuery, root } from '@adit/contracts/api';
import { authorize } from '../domain/authorize.ts';
import type { ApiServer, ControlDeps, Operation } from './control-deps.ts';
import { principalOf } from './principal-of.ts';

/** `GET /`: where everything is, and whom the key stands for. */
export function addRootRoutes(
  api: ApiServer,
  { publicUrl, operations }: Pick<ControlDeps, 'publicUrl'> & { operations: readonly Operation[] },
): void {
  const schema = {
    ...{ operationId: 'getRoot', summary: 'List the collections, and tell who asks' },
    ...{ response: { 200: root } },
  };
  api.get('/', { schema }, async (request) => {
    const { accountId, userId, credentialId } = principalOf(request);
    authorize(principalOf(request), 'account.read', { accountId, ownerId: null });
    const refer = (path: string, id: string) => ({ id, uri: `${publicUrl()}${path}/${id}` });
    return {
      uri: `${publicUrl()}/`,
      subresource_uris: Object.fromEntries(
        collectionsOf(operations).map((path) => [path.slice(1), publicUrl() + path]),
      ),
      account: refer('/accounts', accountId),
      user: refer(userId.startsWith('bot_') ? '/service_users' : '/users', userId),
      api_key: refer('/api_keys', credentialId),
    };
  });
}

/** Paths of all that can be listed. */
function collectionsOf(operations: readonly Operation[]): string[] {
  return operations
    .filter(({ method, schema }) => method === 'GET' && schema?.querystring === listQuery)
    .map(({ path }) => path);
}
