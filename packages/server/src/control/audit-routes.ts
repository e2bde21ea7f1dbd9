import type { Id } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { authorize } from '../domain/authorize.ts';
import type { StoredAuditRecord } from '../domain/store.ts';
import type { ApiServer, RouteDeps } from './control-deps.ts';
import { principalOf } from './principal-of.ts';
import { readPage } from './read-page.ts';

export function addAuditRoutes(api: ApiServer, deps: Pick<RouteDeps, 'store' | 'clock' | 'scans' | 'publicUrl'>): void {
  const schema = {
    ...{ operationId: 'listAuditEvents', summary: 'List what was changed, and by whom' },
    ...{ querystring: contract.listQuery, response: { 200: contract.auditEventList } },
  };
  api.get('/audit_events', { schema }, async (request) => {
    const { accountId } = principalOf(request);
    authorize(principalOf(request), 'audit.list', { accountId, ownerId: null });
    const source = {
      idKind: 'auditEvent' as const,
      uri: `${deps.publicUrl()}/audit_events`,
      filterFields: contract.auditEventFilterFields,
      read: ({ beforeId, limit }: { beforeId: string | undefined; limit: number }) =>
        deps.store.listAudit(accountId, limit, beforeId as Id<'auditEvent'> | undefined),
      show: showEvent,
    };
    const { items, ...links } = await readPage(request.query, source, { ...deps, accountId });
    return { audit_events: items, ...links };
  });
}

function showEvent(record: StoredAuditRecord): contract.AuditEventBody {
  return {
    id: record.id,
    seq: record.seq,
    created_at: new Date(record.atMs).toISOString(),
    action: record.action,
    resource_id: record.resourceId,
    details: { ...record.details },
    principal: record.actorState === 'server' ? null : showPrincipal(record, record.actorState),
    hash: Buffer.from(record.hash).toString('hex'),
  };
}

function showPrincipal(record: StoredAuditRecord, state: 'known' | 'erased' | 'unreadable') {
  const { actorUserId, actorName, actorCredentialId, clientAddress } = record;
  return { state, user_id: actorUserId, name: actorName, credential_id: actorCredentialId, ip: clientAddress };
}
