// The official client of ngrok's API, unmodified, in a process of its own: it trusts what NODE_EXTRA_CA_CERTS says.
// `node ngrok-api-client.ts <address of the API> <bodies by resource, JSON>`, with the key in API_KEY. For each resource:
// create, read, list by pages of two, change, read again, delete, look for it once more; then it prints what it saw.
import { Ngrok } from '@ngrok/ngrok-api';

interface Shown {
  readonly id: string;
  readonly uri: string;
  readonly description: string;
}

/** What its services have in common; it gives them no type of their own. */
interface Service {
  create(body: object): Promise<Shown & Readonly<Record<string, unknown>>>;
  get(id: string): Promise<Shown>;
  list(beforeId: undefined, limit: string): Promise<Shown[]>;
  update(change: object): Promise<Shown>;
  delete(id: string): Promise<void>;
}

/** What a resource of the API did. */
export interface ClientSaw {
  readonly made: Readonly<Record<string, unknown>>;
  readonly isSame: boolean;
  readonly isListed: boolean;
  readonly changed: string;
  /** It takes every answer for JSON, also one without a body: each delete is done, and rejects with a SyntaxError. */
  readonly deleted: unknown;
  readonly gone: unknown;
}

const [baseUrl = '', bodies = '{}'] = process.argv.slice(2);
const api = new Ngrok({ apiToken: process.env['API_KEY'] ?? '', baseUrl });

async function work(service: Service, body: object): Promise<ClientSaw> {
  const { token, ...made } = await service.create(body);
  const read = await service.get(made.id);
  const listed = await service.list(undefined, '2');
  await service.update({ id: made.id, description: 'changed' });
  const { description: changed } = await service.get(made.id);
  const deleted = await service.delete(made.id).catch((error: Error) => error.name);
  const gone = await service.get(made.id).catch((error: { errorCode: string }) => error.errorCode);
  const isListed = listed.some(({ id }) => id === made.id);
  return {
    made: { ...made, hasToken: typeof token === 'string' },
    ...{ isSame: read.id === made.id && read.uri === made.uri, isListed, changed, deleted, gone },
  };
}

const policy = await api.ipPolicies.create({ description: 'of the rule', metadata: '' });
const saw: Record<string, ClientSaw> = {};
for (const [name, body] of Object.entries(JSON.parse(bodies) as Record<string, object>)) {
  const service = api[name as keyof Ngrok] as unknown as Service;
  saw[name] = await work(service, name === 'ipPolicyRules' ? { ...body, ipPolicyId: policy.id } : body);
}
const [endpoints, sessions] = [await api.endpoints.list(), await api.tunnelSessions.list()];
console.log(JSON.stringify({ saw, endpoints, sessions }));
