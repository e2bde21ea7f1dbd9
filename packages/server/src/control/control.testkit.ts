// A whole control API over a real store in a directory of its own, with people in it, for this folder's tests.
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AditError, type Id, newId } from '@adit/contracts';
import { type FakeClock, fakeClock } from '../clock/fake-clock.testkit.ts';
import { Directory } from '../directory/directory.ts';
import { Reservations } from '../directory/reservations.ts';
import type { AgentCommand } from '../domain/agent-command.ts';
import type { AgentSessionView } from '../domain/agent-session-view.ts';
import { missing } from '../domain/authorize.ts';
import type { DecisionTraces } from '../domain/decision-trace.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EndpointHealth } from '../domain/endpoint-health.ts';
import type { Membership } from '../domain/entities.ts';
import type { LogFields } from '../domain/log.ts';
import type { ManagedCertificate } from '../domain/managed-certificates.ts';
import type { Notice } from '../domain/notices.ts';
import type { Readiness } from '../domain/readiness.ts';
import { type UsualRole, usualRoles } from '../domain/roles.ts';
import type { Store } from '../domain/store.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';
import { quickFolder } from '../store/sqlite/quick-folder.testkit.ts';
import { openTestSealer } from '../store/test-sealer.testkit.ts';
import { RecentTraces } from '../telemetry/recent-traces.ts';
import { readUploadedAuthority } from '../tls/upload/uploaded-authority.ts';
import { readUploadedCertificate } from '../tls/upload/uploaded-certificate.ts';
import { defaultApiLimits } from './api-limits.ts';
import { buildControlApp } from './control-app.ts';
import type { ApiServer, ControlDeps, Operation } from './control-deps.ts';
import { issueCredential } from './issue-credential.ts';
import { cheapPasswords, patientThrottle } from './login/login.testkit.ts';

export interface World {
  readonly dataDir: string;
  readonly clock: FakeClock;
  readonly store: Store;
  readonly app: ApiServer;
  readonly operations: readonly Operation[];
  readonly endpoints: Endpoint[];
  readonly agentSessions: AgentSessionView[];
  readonly traces: DecisionTraces;
  /** What agents were asked to do. */
  readonly commands: { sessionId: string; command: AgentCommand }[];
  /** What the DNS has. */
  readonly texts: Map<string, string[]>;
  /** What the server gets itself, by host. */
  readonly managed: Map<string, ManagedCertificate>;
  readonly notices: Notice[];
  readonly logged: LogFields[];
  readiness: Readiness;
  dispose(): Promise<void>;
}

const healthy: EndpointHealth = {
  ...{ state: 'healthy', checkedAtMs: 0, linkMs: 1, upstream: 'ok', upstreamMs: 2, lastFailure: null },
};

/** @param replace What the API gets instead of the real thing, e.g. a store that fails. */
export async function openWorld(replace: Partial<ControlDeps> = {}): Promise<World> {
  const dataDir = mkdtempSync(join(quickFolder(), 'adit-control-'));
  const clock = fakeClock();
  const store = await openSqliteStore({ dataDir, clock, openSealer: openTestSealer });
  const endpoints: Endpoint[] = [];
  const agentSessions: AgentSessionView[] = [];
  const commands: World['commands'] = [];
  const texts = new Map<string, string[]>();
  const managed: World['managed'] = new Map();
  const notices: Notice[] = [];
  const logged: LogFields[] = [];
  const log = (fields: LogFields) => void logged.push(fields);
  const traces = new RecentTraces();
  const reservations = new Reservations();
  const directory = new Directory({
    ...{ clock, domain: 'localhost', tcpPorts: { first: 20_000, last: 20_999 }, reservations },
    publicUrl: ({ scheme, host, port }) => `${scheme}://${host}:${port ?? 8443}`,
  });
  const { app, operations } = await buildControlApp({
    store,
    clock,
    listEndpoints: (accountId) => endpoints.filter((endpoint) => endpoint.accountId === accountId),
    healthOf: async ({ accountId, endpointId }) =>
      endpoints.some(({ id, accountId: owner }) => id === endpointId && owner === accountId) ? healthy : undefined,
    listAgentSessions: (accountId) => agentSessions.filter((session) => session.accountId === accountId),
    commandAgent: async ({ sessionId }, command) => void commands.push({ sessionId, command }),
    names: directory,
    checkPolicy: async ({ policy }) => {
      if (JSON.stringify(policy).includes('not a policy'))
        throw new AditError(9600, 'Cannot take the policy: line 1, column 1: no');
    },
    explain: async ({ accountId, url, policy }) => {
      if (!endpoints.some((one) => one.accountId === accountId && one.url === url) && policy === undefined)
        throw missing();
      return { verdict: { outcome: 'allow', reason: null, errorCode: null, status: null }, hops: [], forwarded: null };
    },
    whyOffline: () => undefined,
    managedCertificateOf: (host) => managed.get(host),
    digest: (text) => hash('sha256', text),
    readCertificate: readUploadedCertificate,
    readAuthority: (pem) => readUploadedAuthority({ ...pem, nowMs: clock.timeOfDay() }),
    // Tests of one account make more calls than a person does in a minute.
    limits: { ...defaultApiLimits, callsPerMinute: Infinity },
    logins: { passwords: cheapPasswords(), throttle: patientThrottle(clock) },
    resolveTxt: async (name) => texts.get(name) ?? [],
    bus: { publish: (notice) => void notices.push(notice), subscribe: () => () => undefined },
    log: { isLevelEnabled: () => true, debug: log, info: log, warn: log, error: log },
    publicUrl: () => 'https://api.localhost:8443',
    gate: { admits: async () => true },
    whyNeverMet({ action, settings }) {
      if (action !== 'restrict-ips') return 'there is no such policy';
      return 'alow' in settings ? '"alow" is no field here' : undefined;
    },
    traces,
    isReady: async () => world.readiness,
    ...replace,
  });
  const world: World = {
    ...{
      dataDir,
      clock,
      store,
      app,
      operations,
      endpoints,
      agentSessions,
      traces,
      commands,
      texts,
      managed,
      notices,
      logged,
    },
    readiness: { isReady: true },
    async dispose() {
      await app.close();
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
  return world;
}

/** A member with a key of their own. */
export interface Person extends Membership {
  readonly key: string;
}

/** Adds a member to the account, or to a new one. */
export async function addPerson(
  store: Store,
  role: UsualRole,
  accountId?: Id<'account'>,
  kind: 'user' | 'serviceUser' = 'user',
): Promise<Person> {
  const membership = await store.write(async (tx) => {
    const user = { id: newId(kind, tx.nowMs), name: role, createdAtMs: tx.nowMs };
    const account = { id: accountId ?? newId('account', tx.nowMs), name: 'an account', createdAtMs: tx.nowMs };
    if (accountId === undefined) await tx.insertAccount(account);
    await tx.insertUser(user);
    const made = { accountId: account.id, userId: user.id, roles: usualRoles[role] };
    await tx.insertMembership(made);
    return made;
  });
  const { secret } = await issueCredential(store, membership, { kind: 'api_key', actor: null });
  return { ...membership, key: secret };
}

/** A visitor of the account was refused; answers his request id. */
export function recordTrace({ traces }: World, accountId: Id<'account'>): string {
  const requestId = newId('request', Date.UTC(2026, 0, 1));
  const rule = { layer: 'agent', phase: 'on_http_request', index: 0, name: '', failedCondition: null };
  traces.record({
    ...{ requestId, accountId, endpointId: newId('endpoint', 1), url: 'https://app.localhost', atMs: 0 },
    ...{ clientIp: '203.0.113.7', method: 'GET', path: '/', outcome: 'respond', reason: 'deny/refused' },
    rules: [{ ...rule, answers: [{ action: 'deny', outcome: 'respond', reason: 'deny/refused' }] }],
  });
  return requestId;
}

export function makeEndpoint(accountId: Id<'account'>, name: string, change: Partial<Endpoint> = {}): Endpoint {
  const createdAtMs = Date.UTC(2026, 0, 1);
  return {
    id: newId('endpoint', createdAtMs),
    accountId,
    generation: 1,
    ...{ scheme: 'https', host: `${name}.localhost`, port: null, url: `https://${name}.localhost:8443` },
    ...{ binding: 'public', isPooled: false, upstreamProtocol: 'http1', proxyProtocol: 0, hostHeader: null },
    ...{ forwardsTo: 'http://localhost:3000', name: '', description: '', metadata: 'from the agent' },
    createdAtMs,
    credentialId: newId('credential', createdAtMs),
    agentSessionId: newId('agentSession', createdAtMs),
    ...change,
  };
}

/** A live session of that member's agent. */
export function makeAgentSession(
  { accountId, userId }: Pick<Person, 'accountId' | 'userId'>,
  change: Partial<AgentSessionView> = {},
): AgentSessionView {
  const openedAtMs = Date.UTC(2026, 0, 1);
  return {
    id: newId('agentSession', openedAtMs),
    ...{ accountId, ownerId: userId, credentialId: newId('credential', openedAtMs), openedAtMs },
    ...{ remoteAddress: '192.0.2.7', transport: 'ngrok/v2', agentVersion: '1.7.0', operatingSystem: 'linux' },
    metadata: 'laptop',
    ...change,
  };
}
