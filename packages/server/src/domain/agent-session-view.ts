import type { Id } from '@adit/contracts';
import type { CredentialId, UserId } from './entities.ts';

/** A live agent session as its account may see it. What the agent says of itself is for display only. */
export interface AgentSessionView {
  readonly id: Id<'agentSession'>;
  readonly accountId: Id<'account'>;
  /** Whose authtoken opened it. */
  readonly ownerId: UserId;
  readonly credentialId: CredentialId;
  readonly remoteAddress: string;
  readonly openedAtMs: number;
  /** `ngrok/v2`: as SDKs speak it. `adit/1`: as our own agents do. */
  readonly transport: 'ngrok/v2' | 'adit/1';
  readonly agentVersion: string;
  readonly operatingSystem: string;
  readonly metadata: string;
}

/** Names one agent session. The account is part of the key, so that no id reaches across accounts. */
export interface AgentSessionKey {
  readonly accountId: Id<'account'>;
  readonly sessionId: Id<'agentSession'>;
}
