import type http from 'node:http';
import type { AditError, Id } from '@adit/contracts';
import type { FastifyBaseLogger, FastifyInstance, FastifySchema } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { AgentCommand } from '../domain/agent-command.ts';
import type { AgentSessionKey, AgentSessionView } from '../domain/agent-session-view.ts';
import type { UploadedAuthority, UploadedCertificate } from '../domain/certificate-facts.ts';
import type { Clock } from '../domain/clock.ts';
import type { DecisionTraces } from '../domain/decision-trace.ts';
import type { DocumentKey } from '../domain/document.ts';
import type { Endpoint, EndpointScheme } from '../domain/endpoint.ts';
import type { EndpointHealth } from '../domain/endpoint-health.ts';
import type { AskedVisitor, Explanation } from '../domain/explanation.ts';
import type { IpGate } from '../domain/ip-gate.ts';
import type { Log } from '../domain/log.ts';
import type { ManagedCertificate } from '../domain/managed-certificates.ts';
import type { Bus } from '../domain/notices.ts';
import type { PublicNames } from '../domain/public-names.ts';
import type { Readiness } from '../domain/readiness.ts';
import type { Requirement } from '../domain/requirement.ts';
import type { Store } from '../domain/store.ts';
import type { TxtResolver } from '../domain/txt-resolver.ts';
import type { PolicyDocument } from '../policy/document/policy-document.ts';
import type { ApiLimits } from './api-limits.ts';
import type { FilterScans } from './filter/filter-scans.ts';
import type { LoginParts } from './login/prove-person.ts';

/** Rules that are to be an endpoint's, or an account's for all endpoints. */
export interface AskedPolicy {
  readonly accountId: Id<'account'>;
  /** YAML or JSON; or rules that were made of something else. */
  readonly policy: string | PolicyDocument;
  /** Null: they are for all endpoints. */
  readonly protocol: EndpointScheme | null;
  /**
   * True: they are a part of an endpoint's rules; whom they let through others answer, and what the account requires may be
   * elsewhere. Default: they have to answer or forward in every case, and to have what is required.
   */
  readonly isPart?: boolean;
}

/** A visitor of an endpoint, who is not there yet. */
export interface AskedExplanation {
  readonly accountId: Id<'account'>;
  /** Of the endpoint. */
  readonly url: string;
  /** YAML or JSON, in place of its own rules. Default: those in force. */
  readonly policy?: string;
  readonly visitor: Omit<AskedVisitor, 'authority'>;
}

export interface ControlDeps {
  readonly store: Store;
  /** The account's endpoints that are online now, newest first. */
  listEndpoints(accountId: Id<'account'>): readonly Endpoint[];
  /** How an endpoint is; probes it, but not often. Undefined: the account has none of that id online by an agent. */
  healthOf(key: { accountId: Id<'account'>; endpointId: Id<'endpoint'> }): Promise<EndpointHealth | undefined>;
  /** The account's agent sessions that are online now, in any order. */
  listAgentSessions(accountId: Id<'account'>): readonly AgentSessionView[];
  /**
   * Sends a command to an agent; resolves when it has said that it obeys.
   *
   * @throws {AditError} 9101: the account has no such session. 9406: the agent refuses. 9407: it does not answer.
   */
  commandAgent(key: AgentSessionKey, command: AgentCommand): Promise<void>;
  /** The register of public names. */
  readonly names: PublicNames;
  readonly resolveTxt: TxtResolver;
  /** Checks what was uploaded. @throws {AditError} 19xx, 9231: it cannot be used. */
  readCertificate(pem: { certificatePem: string; privateKeyPem: string }): Promise<UploadedCertificate>;
  /** The same for CAs, and what they revoked; empty: nobody says. @throws {AditError} 19xx, 9231, 9232, 9233, 9234. */
  readAuthority(pem: { caPem: string; revocationListPem: string }): Promise<UploadedAuthority>;
  /**
   * Checks the rules of an endpoint, or rules for all endpoints.
   *
   * @throws {AditError} 2235: those of an endpoint do not always end, and should. What else is wrong with them, as for an endpoint of
   *   an agent.
   */
  checkPolicy(policy: AskedPolicy): Promise<void>;
  /**
   * What the rules of an endpoint would do with a visitor. Nothing is counted, called or kept.
   *
   * @throws {AditError} 9101: the account has nothing online there. 326: no URL of an endpoint. 9002, 9006: no request could be so.
   *   Of rules that are given, as `checkPolicy` but for 2235.
   */
  explain(asked: AskedExplanation): Promise<Explanation>;
  /** Why this server cannot have a cloud endpoint online; undefined: it has, or was not told to yet. */
  whyOffline(key: Pick<DocumentKey, 'accountId' | 'id'>): AditError | undefined;
  /** What the server gets itself for a host; undefined: nothing, or not yet. */
  managedCertificateOf(host: string): ManagedCertificate | undefined;
  readonly bus: Bus;
  readonly gate: IpGate;
  /** Why no endpoint could have what is required, as the end of a sentence; undefined: one can. */
  whyNeverMet(required: Requirement): string | undefined;
  readonly traces: Pick<DecisionTraces, 'find'>;
  /** A digest with a key of the server's, the same after a restart. */
  digest(text: string): string;
  readonly limits: ApiLimits;
  /** The same for all ways in. */
  readonly logins: LoginParts;
  readonly clock: Clock;
  readonly log: Log;
  /** Where callers reach this API, e.g. `https://api.example.com`: without a slash at the end. Asked on each call. */
  publicUrl(): string;
  /** For `/readyz`. */
  isReady(): Promise<Readiness>;
}

/** What operations get: also what all of them share. */
export interface RouteDeps extends ControlDeps {
  readonly scans: FilterScans;
}

/** Where operations are added: requests have a proven principal there. */
export type ApiServer = FastifyInstance<
  http.Server,
  http.IncomingMessage,
  http.ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** One method on one path, as the router knows it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  /** Whether it answers only those who show an API key. */
  readonly needsKey: boolean;
  /** What it takes, answers and says of itself (operation-docs.ts); undefined: nothing. */
  readonly schema: FastifySchema | undefined;
}
