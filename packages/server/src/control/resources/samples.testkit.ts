// A body for each kind of document, for tests that go over all of them.
import { randomBytes } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import type { DocumentKind } from '../../domain/document.ts';
import { makeCertificate } from '../../tls/upload/make-certificate.testkit.ts';
import type { Person, World } from '../control.testkit.ts';
import { resources } from './resources.ts';

interface Sample {
  /** What `POST` takes; what it refers to is made in that person's account. */
  create(world: World, person: Person): Promise<object> | object;
  /** True: an account has one at most, and `create` makes room for it. */
  readonly isOnlyOne?: true;
  /** What `PATCH` takes. */
  readonly update: Readonly<Record<string, unknown>>;
}

let count = 0;
const parts = ['endpoints', 'agent', 'dashboard'];

/** Ed25519: type and key, each after its length (RFC 4253, 6.6; RFC 8709, 4). */
function newSshKey(): string {
  const type = 'ssh-ed25519';
  const parts = [Buffer.from(type), randomBytes(32)].map((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return Buffer.concat([length, part]);
  });
  return `${type} ${Buffer.concat(parts).toString('base64')} laptop`;
}

export const samples: Readonly<Record<DocumentKind, Sample>> = {
  accountRules: {
    async create(world, person) {
      await deleteRules(world, person);
      return { traffic_policy: 'on_http_request: []', require: ['restrict-ips'] };
    },
    update: { require: [] },
    isOnlyOne: true,
  },
  agentIngress: { create: () => ({ domain: `connect-${++count}.example.com` }), update: { description: 'b' } },
  certificateAuthority: {
    create: async () => ({ ca_pem: (await makeCertificate({ isCa: true })).cert }),
    update: { description: 'b' },
  },
  endpoint: {
    create: () => ({ url: `https://cloud-x${++count}x.localhost`, traffic_policy: 'on_http_request: []' }),
    update: { description: 'b' },
  },
  eventDestination: {
    create: () => ({ target: { datadog: { api_key: 'the key', service: 'web' } } }),
    update: { description: 'b' },
  },
  eventSubscription: {
    async create(world, person) {
      const { id } = await makeOne(world, person, 'eventDestination');
      return { sources: [{ type: 'ip_policy_created.v0' }], destination_ids: [id] };
    },
    update: { sources: [{ type: 'vault_created.v0' }] },
  },
  failoverBackend: {
    async create(world, person) {
      const { id } = await makeOne(world, person, 'staticBackend');
      return { backends: [id] };
    },
    update: { description: 'b' },
  },
  httpResponseBackend: { create: () => ({ body: 'closed', status_code: 503 }), update: { headers: { 'x-a': 'b' } } },
  httpsEdge: {
    create: () => ({ hostports: [`edge-x${++count}x.localhost:8443`] }),
    update: { tls_termination: { min_version: '1.3' } },
  },
  // Below an edge, which its path names.
  httpsEdgeRoute: {
    create: () => ({ match_type: 'path_prefix', match: `/${++count}` }),
    update: { match_type: 'exact_path' },
  },
  ipPolicy: { create: () => ({}), update: { description: 'b' } },
  ipPolicyRule: {
    async create(world, person) {
      const { id } = await makeOne(world, person, 'ipPolicy');
      return { cidr: '192.0.2.0/24', action: 'allow', ip_policy_id: id };
    },
    update: { cidr: '198.51.100.0/24' },
  },
  ipRestriction: {
    async create(world, person) {
      const { id } = await makeOne(world, person, 'ipPolicy');
      return { type: await freePart(world, person), ip_policy_ids: [id] };
    },
    update: { enforced: true },
  },
  reservedAddress: { create: () => ({}), update: { description: 'b' } },
  reservedDomain: { create: () => ({ domain: `app-x${++count}x.localhost` }), update: { description: 'b' } },
  secret: {
    async create(world, person) {
      const { id } = await makeOne(world, person, 'vault');
      return { name: 'token', value: 'the value', vault_id: id };
    },
    update: { name: 'other' },
  },
  sshCredential: {
    create: () => ({ public_key: newSshKey(), acl: ['bind:*.localhost'] }),
    update: { acl: ['bind:app.localhost'] },
  },
  staticBackend: { create: () => ({ address: 'service.example.com:80' }), update: { tls: { enabled: true } } },
  // Without a port: accounts have few of them.
  tcpEdge: { create: () => ({}), update: { description: 'b' } },
  tlsCertificate: {
    async create() {
      const { cert, key } = await makeCertificate();
      return { certificate_pem: cert, private_key_pem: key };
    },
    update: { description: 'b' },
  },
  tlsEdge: {
    create: () => ({ hostports: [`edge-x${++count}x.localhost:8443`] }),
    update: { tls_termination: { terminate_at: 'upstream' } },
  },
  tunnelGroupBackend: { create: () => ({ labels: { app: 'shop' } }), update: { labels: { app: 'other' } } },
  vault: { create: () => ({ name: `vault ${++count}` }), update: { metadata: 'b' } },
  weightedBackend: {
    async create(world, person) {
      const { id } = await makeOne(world, person, 'tunnelGroupBackend');
      return { backends: { [id]: 3 } };
    },
    update: { description: 'b' },
  },
};

type Call = (method: 'GET' | 'DELETE', url: string) => Promise<Pick<LightMyRequestResponse, 'json'>>;

function callerOf({ app }: World, { key }: Person): Call {
  return (method, url) => app.inject({ method, url, headers: { authorization: `Bearer ${key}` } });
}

/** An account has rules once. */
async function deleteRules(world: World, person: Person): Promise<void> {
  const call = callerOf(world, person);
  const { account_rules: made = [] } = (await call('GET', '/account_rules')).json<{
    account_rules?: { id: string }[];
  }>();
  for (const { id } of made) await call('DELETE', `/account_rules/${id}`);
}

/** An account restricts each part once: where all are, the oldest goes. */
async function freePart(world: World, person: Person): Promise<string> {
  const call = callerOf(world, person);
  const { ip_restrictions: made = [] } = (await call('GET', '/ip_restrictions')).json<{
    ip_restrictions?: { id: string; type: string }[];
  }>();
  const free = parts.find((part) => !made.some(({ type }) => type === part));
  const oldest = made.at(-1);
  if (free !== undefined || !oldest) return free ?? 'endpoints';
  await call('DELETE', `/ip_restrictions/${oldest.id}`);
  return oldest.type;
}

/** Makes one through the API, and answers it as it is shown. */
export async function makeOne(world: World, person: Person, kind: DocumentKind): Promise<Shown> {
  const response = await world.app.inject({
    method: 'POST',
    url: resources.find((one) => one.kind === kind)?.contract.path ?? '',
    payload: await samples[kind].create(world, person),
    headers: { authorization: `Bearer ${person.key}` },
  });
  if (response.statusCode !== 201) throw new Error(`There is no ${kind}: ${response.body}`);
  return response.json();
}

export interface Shown extends Readonly<Record<string, unknown>> {
  readonly id: string;
}
