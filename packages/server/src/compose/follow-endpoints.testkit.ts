// A server's kept endpoints over a store that a test writes.
import { type AditError, newId } from '@adit/contracts';
import { emptyAddressBook } from '@adit/policy-kit';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import { expect, onTestFinished } from 'vitest';
import { createBus } from '../bus/create-bus.ts';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { Directory } from '../directory/directory.ts';
import { Reservations } from '../directory/reservations.ts';
import type { Document, DocumentKey, DocumentKind, DocumentQuery } from '../domain/document.ts';
import { endpointFacts } from '../domain/endpoint.ts';
import type { Route } from '../domain/route.ts';
import { createGrants } from '../edge/grants/grants.ts';
import { Backends } from '../legacy-edges/backends.ts';
import { CloudEndpoints } from '../links/cloud/cloud-endpoints.ts';
import { type EndpointFollower, followEndpoints } from './follow-endpoints.ts';
import { keptKinds } from './kept-kinds.ts';
import { openChains } from './open-chains.ts';

/** Whose all documents are. */
export const accountId = newId('account', 1);

/** Look-ups and chains take a few turns. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Has the endpoints of these documents online; change the list, and tell. */
export async function follow(documents: Document[], { secret }: { secret?: Uint8Array } = {}) {
  const clock = fakeClock();
  const bus = createBus({ error: (fields) => expect.unreachable(JSON.stringify(fields)) });
  const logged: string[] = [];
  const log = (_fields: unknown, message: string) => void logged.push(message);
  const logs = { isLevelEnabled: () => true, debug: log, info: log, warn: log, error: log };
  const cuts: string[] = [];
  const ports = { failure: undefined as AditError | undefined, open: new Set<number>() };
  const account = { suspendedAtMs: null as number | null };
  const store = {
    failure: undefined as Error | undefined,
    async findDocument({ id }: DocumentKey) {
      if (store.failure) throw store.failure;
      return documents.find((one) => one.id === id);
    },
    async listDocumentsOfAll({ kind, limit, afterId = '' }: { kind: DocumentKind; limit: number; afterId?: string }) {
      const found = documents.filter((one) => one.kind === kind && one.id > afterId);
      return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
    },
    listDocuments: async ({ kind, parentId }: DocumentQuery) =>
      documents.filter((one) => one.kind === kind && (parentId === undefined || one.parentId === parentId)),
    readSecret: async () => secret,
    findAccount: async () => ({ id: accountId, name: '', createdAtMs: 1, revision: 1, ...account }),
  };
  const followers: EndpointFollower[] = [];
  const directory: Directory = new Directory({
    ...{ clock, domain: 'localhost', reservations: new Reservations(), tcpPorts: { first: 20_000, last: 20_010 } },
    publicUrl: ({ scheme, host, port }) => `${scheme}://${host}${port === null ? '' : `:${port}`}`,
    onFree: () => followers[0]?.retry(),
  });
  const options = { 'outgoing-network': new Set() } as unknown as Parameters<typeof openChains>[0]['options'];
  const backends = new Backends(directory);
  const parts = { store, directory, backends, addresses: emptyAddressBook, accept: () => {} };
  const { chains } = openChains({ clock, log: logs, options }, parts);
  const grants = createGrants({ clock });
  const tcpPorts = {
    async open(port: number) {
      if (ports.failure) throw ports.failure;
      ports.open.add(port);
      return () => void ports.open.delete(port);
    },
  };
  const cloud = new CloudEndpoints({ directory, chains, grants, tcpPorts, log: logs });
  followers.push(
    await followEndpoints({
      endpoints: cloud,
      kinds: keptKinds({ store, options, backends, endpoints: cloud }),
      store,
      bus,
      clock,
      log: logs,
    }),
  );
  onTestFinished(() => followers[0]?.stop());
  const tell = async (document: Document) => {
    bus.publish({ ...document, type: 'document-changed' });
    await settle();
  };
  const change = async (document: Document, { body }: Pick<Document, 'body'>) => {
    const next = { ...document, body, revision: document.revision + 1 };
    documents.splice(documents.indexOf(document), 1, next);
    await tell(next);
    return next;
  };
  const remove = async (document: Document) => {
    documents.splice(documents.indexOf(document), 1);
    await tell(document);
  };
  const route = (host: string) => directory.find('https', host);
  const admit = (to: Route) =>
    grants.admit(to, { facts: sampleConnectFacts(), request: null, cut: () => void cuts.push(to.endpoint.host) });
  const why = ({ id }: Document) => cloud.whyOffline({ accountId, id })?.code;
  /** What a visitor's connection is answered. */
  const ask = async (to: Route | undefined) =>
    to && (await to.chain.visit(sampleConnectFacts(), endpointFacts(to.endpoint)).connect());
  const world = { clock, bus, logged, cuts, ports, account, store, directory, backends, chains, grants, documents };
  return { ...world, tell, change, remove, route, admit, why, ask };
}
