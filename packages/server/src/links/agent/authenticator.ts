import { AditError, type Id, isId, newId } from '@adit/contracts';
import { type AuthRequest, parseAuthRequest } from '@adit/wire';
import { authorize } from '../../domain/authorize.ts';
import type { Clock } from '../../domain/clock.ts';
import type { IpGate } from '../../domain/ip-gate.ts';
import type { Principal } from '../../domain/principal.ts';
import { hashSecret, isSecretOf } from '../../domain/secret.ts';
import type { Store } from '../../domain/store.ts';
import { Turnstile } from '../../domain/turnstile.ts';
import type { AgentLimits } from './agent-limits.ts';
import { AuthFailures } from './auth-failures.ts';
import type { Signer } from './signer.ts';

/** What an accepted Auth proves and announces. */
export interface SessionIdentity {
  /** Also the `ClientId` of the protocol. Kept over reconnects, also over a restart of the server. */
  readonly sessionId: Id<'agentSession'>;
  /** Which of the session's connections this one is, from 1. A newer one with its number takes its place. */
  readonly leg: number;
  /** The client begins anew: whatever other legs the session has are dead, or of a process that is. */
  readonly isFirstLeg: boolean;
  readonly principal: Principal;
  /** For the agent to show. */
  readonly accountName: string;
  /** Proves, with the authtoken, that the session may be taken over. Secret. */
  readonly cookie: string;
  /** The protocol version chosen. */
  readonly version: string;
  /** Without a heartbeat for this long the session is dead. */
  readonly silenceMs: number;
  readonly client: AgentClient;
}

/** What the agent says about itself; display only, except for the commands it supports. No secret. */
export interface AgentClient {
  readonly version: string;
  readonly userAgent: string;
  readonly clientType: string;
  readonly operatingSystem: string;
  readonly metadata: string;
  /** Per command: `''` supported; other text: why not; null: not known. */
  readonly unsupported: Readonly<Record<'stop' | 'restart' | 'update', string | null>>;
}

export interface AuthenticatorDeps {
  readonly store: Pick<Store, 'findPrincipal' | 'findAccount'>;
  readonly signer: Signer;
  readonly gate: Pick<IpGate, 'admits'>;
  readonly clock: Clock;
  readonly limits: AgentLimits;
}

const knownVersions = ['3', '2'];
const nsPerMs = 1e6;
/** Of each text that is shown. */
const maxShownChars = 256;
/** What agents that announce nothing do (agent protocol, §8). */
const usualHeartbeat = { intervalMs: 10_000, toleranceMs: 15_000 };

/** Decides who an agent is. What it may then open is decided bind by bind. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps;
  readonly #failures: AuthFailures;
  readonly #turnstile: Turnstile;

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
    this.#turnstile = new Turnstile(deps.limits.authsPerTurn);
    this.#failures = new AuthFailures(deps.clock, deps.limits);
  }

  /**
   * @param message An Auth request as it was read.
   * @throws {AditError} 109, 9400: malformed or of no known version. 349: too many refusals from there. 105, 107: bad token. 103: the account is suspended. 9115: the
   *   user is disabled.
   *   9100: may not open sessions. 100: metadata too long. 111, 112: heartbeat out of range. 110: not the session it claims to
   *   be. 108: more legs than a session may have. 115: not from that address.
   */
  async authenticate(message: unknown, remoteAddress: string): Promise<SessionIdentity> {
    // First of all: those who wait here count with what was refused meanwhile.
    await this.#turnstile.pass();
    if (this.#failures.isAddressBlocked(remoteAddress)) throw tooManyAttempts();
    try {
      const identity = await this.#check(parseAuthRequest(message));
      const { accountId } = identity.principal;
      if (!(await this.#deps.gate.admits(accountId, 'agent', remoteAddress))) throw new AditError(115);
      return identity;
    } catch (error) {
      if (error instanceof AditError && isAttempt(error)) this.#failures.noteAddress(remoteAddress);
      throw error;
    }
  }

  /** For an Auth that could not even be read. */
  noteUnreadable(remoteAddress: string): void {
    this.#failures.noteAddress(remoteAddress);
  }

  async #check(request: AuthRequest): Promise<SessionIdentity> {
    const { limits } = this.#deps;
    const version = request.Version.find((offered) => knownVersions.includes(offered));
    if (version === undefined) {
      throw new AditError(
        9400,
        `Cannot authenticate: the agent speaks none of protocol versions ${knownVersions.join(', ')}`,
      );
    }
    if (Buffer.byteLength(request.Extra.Metadata) > limits.maxMetadataBytes) throw new AditError(100);
    const silenceMs = this.#silenceMs(request.Extra);
    const principal = await this.#findPrincipal(request.Extra.AuthToken);
    const { LegNumber: leg } = request.Extra;
    if (leg > limits.maxLegsPerSession) throw new AditError(108, 'Cannot open another leg: the session has too many');
    const { name: accountName = '' } = (await this.#deps.store.findAccount(principal.accountId)) ?? {};
    const sessionId = this.#sessionId(request, principal);
    const cookie = this.#deps.signer.sign('session-cookie', cookieParts(sessionId, principal));
    return {
      ...{ sessionId, leg: Math.max(1, leg), isFirstLeg: leg <= 0 },
      ...{ principal, accountName, cookie, version, silenceMs, client: clientOf(request.Extra) },
    };
  }

  async #findPrincipal(token: string): Promise<Principal> {
    if (!isSecretOf('authtoken', token)) {
      throw new AditError(105, token === '' ? 'Cannot authenticate: the agent sent no authtoken' : undefined);
    }
    const hash = hashSecret(token);
    const failureKey = `token ${Buffer.from(hash).toString('base64')}`;
    // Agents retry a refused token for ever (§14.3): answered without the store.
    if (this.#failures.isTokenBlocked(failureKey)) throw tooManyAttempts();
    const principal = await this.#deps.store.findPrincipal('authtoken', hash);
    if (!principal) {
      this.#failures.noteToken(failureKey);
      throw new AditError(107);
    }
    authorize(principal, 'session.open', { accountId: principal.accountId, ownerId: principal.userId });
    return principal;
  }

  /** The id it had, if it proves that it had it. An additional leg that proves nothing is a session of its own (§14.4). */
  #sessionId({ ClientId: clientId, Extra: extra }: AuthRequest, principal: Principal): Id<'agentSession'> {
    const { clock, signer } = this.#deps;
    if (clientId === '' || (extra.LegNumber > 0 && extra.Cookie === ''))
      return newId('agentSession', clock.timeOfDay());
    if (!isId('agentSession', clientId)) throw new AditError(110);
    if (!signer.isValid(extra.Cookie, 'session-cookie', cookieParts(clientId, principal))) throw new AditError(110);
    return clientId;
  }

  #silenceMs(extra: AuthRequest['Extra']): number {
    const { minHeartbeatMs, maxHeartbeatMs, minSilenceMs } = this.#deps.limits;
    const intervalMs = extra.HeartbeatInterval / nsPerMs || usualHeartbeat.intervalMs;
    const toleranceMs = extra.HeartbeatTolerance / nsPerMs || usualHeartbeat.toleranceMs;
    const isAllowed = (ms: number) => ms >= minHeartbeatMs && ms <= maxHeartbeatMs;
    if (!isAllowed(intervalMs)) throw new AditError(111);
    if (!isAllowed(toleranceMs)) throw new AditError(112);
    return Math.max(minSilenceMs, intervalMs + toleranceMs);
  }
}

function clientOf(extra: AuthRequest['Extra']): AgentClient {
  return {
    version: extra.Version.slice(0, maxShownChars),
    userAgent: extra.UserAgent.slice(0, maxShownChars),
    clientType: extra.ClientType.slice(0, maxShownChars),
    operatingSystem: extra.OS.slice(0, maxShownChars),
    metadata: extra.Metadata,
    unsupported: {
      stop: extra.StopUnsupportedError,
      restart: extra.RestartUnsupportedError,
      update: extra.UpdateUnsupportedError,
    },
  };
}

function cookieParts(sessionId: string, { accountId, credentialId }: Principal): string[] {
  return [sessionId, accountId, credentialId];
}

/**
 * Is it the agent's doing, and news? Failures of our own are not; nor is one more try with a token that is known as dead, or
 * good and its account suspended or its owner disabled: agents go on with it for ever, and must not lock out others behind the same address.
 */
function isAttempt({ kind, code }: AditError): boolean {
  return kind !== 'internal' && kind !== 'unavailable' && code !== 349 && code !== 103 && code !== 9115;
}

function tooManyAttempts(): AditError {
  return new AditError(349, 'Cannot authenticate: too many attempts were refused; wait a minute');
}
