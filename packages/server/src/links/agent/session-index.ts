import type { Id } from '@adit/contracts';
import type { CredentialId } from '../../domain/entities.ts';
import { mayWrite } from '../../domain/roles.ts';
import type { LiveCredential } from '../../domain/store.ts';
import type { AgentSession } from './agent-session.ts';
import type { SessionIdentity } from './authenticator.ts';

/** The connections of authenticated sessions, by what they are looked up by. One session may have several: its legs. */
export class SessionIndex {
  readonly #bySession = new Map<Id<'agentSession'>, Set<AgentSession>>();
  readonly #byAccount = new Map<Id<'account'>, Set<AgentSession>>();
  readonly #byCredential = new Map<CredentialId, Set<AgentSession>>();

  /** Sessions, however many legs they have. */
  get size(): number {
    return this.#bySession.size;
  }

  add(leg: AgentSession, { sessionId, principal }: SessionIdentity): void {
    addTo(this.#bySession, sessionId, leg);
    addTo(this.#byAccount, principal.accountId, leg);
    addTo(this.#byCredential, principal.credentialId, leg);
  }

  remove(leg: AgentSession, { sessionId, principal }: SessionIdentity): void {
    removeFrom(this.#bySession, sessionId, leg);
    removeFrom(this.#byAccount, principal.accountId, leg);
    removeFrom(this.#byCredential, principal.credentialId, leg);
  }

  /** The legs of a session, oldest first. Like the other answers a copy: they may end while it is walked over. */
  legsOf(sessionId: Id<'agentSession'>): AgentSession[] {
    return [...(this.#bySession.get(sessionId) ?? [])];
  }

  ofAccount(accountId: Id<'account'>): AgentSession[] {
    return [...(this.#byAccount.get(accountId) ?? [])];
  }

  countOf(accountId: Id<'account'>): number {
    return this.#byAccount.get(accountId)?.size ?? 0;
  }

  /** Each once, and once more for each other ACL or right of its owner that a session of it began with. */
  credentials(): LiveCredential[] {
    return [...this.#byCredential.values()].flatMap((legs) => {
      const found = new Map<string, LiveCredential>();
      for (const { identity } of legs) {
        if (!identity) continue;
        const { accountId, credentialId, acl, roles } = identity.principal;
        const isWriters = mayWrite(roles);
        found.set([...acl, isWriters].join('\n'), { accountId, credentialId, acl, isWriters });
      }
      return [...found.values()];
    });
  }

  ofCredential(credentialId: CredentialId): AgentSession[] {
    return [...(this.#byCredential.get(credentialId) ?? [])];
  }
}

function addTo<Key>(index: Map<Key, Set<AgentSession>>, key: Key, leg: AgentSession): void {
  index.set(key, (index.get(key) ?? new Set()).add(leg));
}

function removeFrom<Key>(index: Map<Key, Set<AgentSession>>, key: Key, leg: AgentSession): void {
  const legs = index.get(key);
  legs?.delete(leg);
  if (legs?.size === 0) index.delete(key);
}
