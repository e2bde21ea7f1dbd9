import type { ZodType } from 'zod';
import type { AddressBook } from './address-facts.ts';
import type {
  ConnectContext,
  EventContext,
  Outcome,
  RequestContext,
  ResponseContext,
  StreamContext,
} from './context.ts';
import { type Decision, type InternalTarget, proceed } from './decision.ts';
import type { Expression, Pattern, ResultShape, Template } from './expressions.ts';
import type { ConnectFacts, EndpointFacts } from './facts.ts';
import type { Phase } from './phase.ts';
import type { Slots } from './slots.ts';
import type { TlsDemands } from './tls-demands.ts';
import type { ListInPem } from './x509/read-revocation-lists.ts';

type Answer = Decision | Promise<Decision>;

/** What the edge lends to a module. No globals, no environment: all a policy needs comes through here. */
export interface PolicyHost {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, later; answers how to cancel. */
  after(delayMs: number, callback: () => void): () => void;
  /**
   * Compiles a text of the configuration in which `${…}` may stand. A text with `${` that no module compiles is refused.
   *
   * @throws {AditError} 2200: it is not an expression, or not one of this phase.
   */
  template(text: string): Template;
  /**
   * @param variables Names it may use besides those of the phase, with their types.
   * @throws {AditError} 2200: as `template`.
   */
  expression(text: string, variables?: ResultShape): Expression;
  /** @throws {AditError} 2210: it is not RE2's syntax, or too large. */
  pattern(source: string): Pattern;
  /**
   * The ranges of an IP policy of the account. The chain is made anew when it changes.
   *
   * @throws {AditError} 1402: there is none.
   */
  ipPolicy(id: string): Promise<IpRules>;
  /**
   * The internal endpoint of the account under that URL, for a visitor of an endpoint of that scheme. Undefined: there is none
   * online now, or none that could serve him.
   */
  findInternal(url: string, from: EndpointFacts['scheme']): InternalTarget | undefined;
  /**
   * What `findInternal` finds once somebody has come there, while agents are on their way from a server before this one; resolves
   * with undefined when nobody has, after 15 s at the latest. Undefined: nobody is expected.
   */
  awaitInternal(url: string, from: EndpointFacts['scheme']): Promise<InternalTarget | undefined> | undefined;
  /**
   * A certificate authority of the account. The chain is made anew when it changes.
   *
   * @throws {AditError} 215: there is none.
   */
  certificateAuthority(id: string): Promise<AccountAuthority>;
  /** Where addresses are, and whose. What is asked of it should be known to it: see `knows`. */
  readonly addresses: AddressBook;
  /** Of all policies of the server, for answers that are compressed: each takes memory until its visitor has read it. */
  readonly compressions: Slots;
  /** An outgoing call that cannot reach what is not for strangers: private, link-local and loopback addresses. */
  readonly fetch: (...args: Parameters<typeof fetch>) => Promise<OutgoingAnswer>;
  /**
   * A call to an internal endpoint of the account, whose policies decide about it as about what visitors are forwarded to.
   *
   * @param from For whom it is made: its client.
   * @throws {AditError} 9620: it asks for TLS, which such a call has not. 9621: there is none online under that address, or it did
   *   not answer. 3601: too long an answer. 3603: it is for a request that was such a call itself, in the fourth turn.
   */
  readonly fetchInternal: (from: ConnectFacts, ...args: Parameters<typeof fetch>) => Promise<OutgoingAnswer>;
}

export interface OutgoingAnswer extends Response {
  /** The address that gave it, textual, without port. Undefined: not known. */
  readonly resolvedIp?: string;
}

/** What an account keeps of a certificate authority. */
export interface AccountAuthority {
  /** PEM of its CA certificates. */
  readonly certificates: string;
  /** What they say is revoked. Empty: nobody says. */
  readonly revocationLists: readonly ListInPem[];
}

export interface IpRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/**
 * One configured policy. It is asked by the facet of the phase it was written in. `recheck` is asked of every live stream when
 * the configuration changes: would it still be let in? Pure: consumes no rate limit, starts no login.
 */
export interface Policy {
  connect?(context: ConnectContext): Answer;
  request?(context: RequestContext): Answer;
  response?(context: ResponseContext): Answer;
  event?(context: EventContext): Answer;
  /** Missing: whatever it decided stands. */
  recheck?(context: StreamContext): Decision;
  /** The request that this policy let pass is over. */
  outcome?(outcome: Outcome, context: RequestContext): void;
  /** What it asks of the handshake. Only of modules for `on_tcp_connect`, one in a chain. */
  readonly tls?: TlsDemands;
  /** How long a facet may take, milliseconds. Default: 5,000. */
  readonly timeoutMs?: number;
  /** Frees what `prepare` took. Called once, also after a half-finished prepare. */
  close?(): void;
}

/** A policy module: one folder under `packages/policies/src`, one line in its registry. */
export interface PolicyModule<Config = unknown> {
  /** The folder's name; also what users write as `type` in a traffic policy. */
  readonly name: string;
  /** Where it may be written: of these phases it has the facet. */
  readonly phases: readonly Phase[];
  /** Which endpoints may have it. Default: all that have the phase. */
  readonly protocols?: readonly ('http' | 'https' | 'tcp' | 'tls')[];
  /** True: it counts before the handshake, and cannot hang on conditions. Default: false. */
  readonly isBeforeHandshake?: true;
  /** Nothing behind it in its phase is reached. Default: never. */
  isTerminating?(config: Config): boolean;
  /** Strict: unknown keys are refused. Every field has a description. */
  readonly schema: ZodType<Config>;
  /** Every reason the module can give, without the `<name>/` prefix → when it is given. */
  readonly reasons: Readonly<Record<string, string>>;
  /** What it leaves for expressions behind it. Default: nothing. */
  readonly results?: ResultShape;
  /** Slow work: parse ranges, fetch keys. May reject: then nothing is published. */
  prepare(config: Config, host: PolicyHost): Policy | Promise<Policy>;
}

/** A `recheck` that decides on the request of a stream as `decide` does; raw streams have none, and go on. */
export function recheckRequest(decide: (context: RequestContext) => Decision): (context: StreamContext) => Decision {
  return (context) => (context.request ? decide(context as RequestContext) : proceed);
}

/** Identity function that fixes the type parameters; the only way modules are written. */
export function definePolicy<Config>(module: PolicyModule<Config>): PolicyModule<Config> {
  return module;
}
