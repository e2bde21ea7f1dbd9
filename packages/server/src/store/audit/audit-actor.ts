import type { Selectable } from 'kysely';
import type { UserId } from '../../domain/entities.ts';
import type { Sealer, SecretsSealer } from '../../domain/sealer.ts';
import type { AuditActor } from '../../domain/store.ts';
import type { Tables } from '../tables.ts';
import { keyContext } from './audit-people.ts';
import { decodeWho, whoContext } from './audit-who.ts';

/** A record with the key of its person; null: it is nobody's, or the person was erased. */
type Row = Selectable<Tables['audit_events']> & { readonly sealed_key: Uint8Array | null };

const nobody = { actorUserId: null, actorCredentialId: null, actorName: null, clientAddress: null };

/**
 * Tells who did what, for the records of one answer. A record that does not open says so and hides no other: whoever damages
 * one must not be able to hold back the log.
 */
export function actorReader(sealer: SecretsSealer): (row: Row) => AuditActor {
  const opened = new Map<string, Sealer>();
  const sealerOf = ({ account_id, person_id }: Row, sealedKey: Uint8Array): Sealer => {
    const id = person_id ?? '';
    const known = opened.get(id) ?? sealer.openKey(sealedKey, keyContext(account_id, id));
    opened.set(id, known);
    return known;
  };
  return (row) => {
    if (row.person_id === null) return actorInClear(row);
    if (row.sealed_key === null) return { actorState: 'erased', ...nobody };
    try {
      const context = whoContext(row.account_id, row.id);
      const who = decodeWho(sealerOf(row, row.sealed_key).open(row.who ?? new Uint8Array(), context));
      const { user: actorUserId, credential: actorCredentialId, name: actorName, address: clientAddress } = who;
      return { actorState: 'known', actorUserId, actorCredentialId, actorName, clientAddress };
    } catch {
      return { actorState: 'unreadable', ...nobody };
    }
  };
}

/** The server itself, or somebody of the time before people had keys. */
function actorInClear(row: Row): AuditActor {
  if (row.actor_user_id === null) return { actorState: 'server', ...nobody };
  return {
    ...nobody,
    actorState: 'known',
    actorUserId: row.actor_user_id as UserId,
    actorCredentialId: row.actor_credential_id as AuditActor['actorCredentialId'],
  };
}
