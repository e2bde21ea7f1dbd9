import { z } from 'zod';
import type { FilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { timestamp } from './text.ts';

/** Who did something. What says who that is can be erased; the record stays. */
export const auditPrincipal = z.object({
  state: z
    .enum(['known', 'erased', 'unreadable'])
    .describe(
      '`known`; `erased`, the person was deleted from the log; `unreadable`, the record or its key is damaged. ' +
        'All other fields are null then.',
    ),
  user_id: z.string().nullable().describe('Id of the user (`usr_…`).'),
  name: z.string().nullable().describe('Name of the user at that time; null where none was kept.'),
  credential_id: z.string().nullable().describe('Id of the credential that proved it (`cr_…`, `ak_…`).'),
  ip: z.string().nullable().describe('Address that the call came from; null where it is not known.'),
});

/** One change, in the chain of its account's audit log. */
export const auditEvent = z
  .object({
    id: z.string().describe('Id of the record (`ev_…`).'),
    seq: z.int().describe('Its place in the log of the account: 1, 2, 3 …'),
    created_at: timestamp().describe('When it happened (RFC 3339, UTC).'),
    action: z.string().describe('What was done, as `<resource>.<verb>`.'),
    resource_id: z.string().describe('Id of what it was done to.'),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe('Facts about it, by action.'),
    principal: auditPrincipal.nullable().describe('Who did it; null: the server itself.'),
    hash: z.string().describe('SHA-256 in hex over this record and, through it, all before.'),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEventBody = z.infer<typeof auditEvent>;

export const auditEventFilterFields = {
  ...{ id: 'id', created_at: 'timestamp', seq: 'int', action: 'string', resource_id: 'string' },
  ...{ 'principal.user_id': 'id', 'principal.name': 'string', 'principal.ip': 'string' },
} as const satisfies FilterFields;

export const auditEventList = z
  .object({
    audit_events: z.array(auditEvent).describe('Changes in the account, newest first.'),
    ...listFields,
  })
  .meta({ id: 'AuditEventList' });
