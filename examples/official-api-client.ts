// The official client of ngrok's API against a server of Adit: nothing differs but the address. Makes, reads, lists, changes and
// deletes one of each resource, a line for each. On the machine of `npm start`, with the API key that it prints:
//
//   NODE_EXTRA_CA_CERTS=.adit/tls/ca.pem ADIT_API_KEY=adit_ak_... npx node examples/official-api-client.ts https://api.localhost:8443
import { readFileSync } from 'node:fs';
import { Ngrok } from '@ngrok/ngrok-api';

interface Shown {
  readonly id: string;
  readonly uri: string;
  readonly description?: string;
  readonly name?: string;
}

/** What its services have in common; it gives them no type of their own. */
interface Service {
  create(body: object): Promise<Shown>;
  get(id: string): Promise<Shown>;
  list(beforeId: undefined, limit: string): Promise<Shown[]>;
  update(change: object): Promise<Shown>;
  delete(id: string): Promise<void>;
}

const [baseUrl = '', certFile, keyFile, caFile] = process.argv.slice(2);
const api = new Ngrok({ apiToken: process.env['ADIT_API_KEY'] ?? '', baseUrl });

const services = Object.fromEntries([api, api.backends, api.edges].flatMap((one) => Object.entries(one)));

/** Pages of two: the client follows `next_page_uri` by itself. */
async function tour(name: string, body: object, change: object = { description: 'changed' }): Promise<void> {
  const service = (services as unknown as Readonly<Record<string, Service>>)[name];
  if (!service) throw new Error(`The client has no ${name}`);
  const { id, uri } = await service.create(body);
  const read = await service.get(id);
  const listed = await service.list(undefined, '2');
  await service.update({ id, ...change });
  const changed = { ...(await service.get(id)) };
  // The client takes every answer for JSON, also one without a body: each delete is done, and rejects with a SyntaxError.
  const deleted = await service.delete(id).catch((error: Error) => error.name);
  const gone = await service.get(id).catch((error: { errorCode: string }) => error.errorCode);
  const steps = {
    made: uri.endsWith(id),
    read: read.id === id,
    listed: listed.some((one) => one.id === id),
    changed: Object.entries(change).every(([field, value]) => changed[field as keyof Shown] === value),
    deleted: deleted === 'SyntaxError' && gone === 'ERR_ADIT_9101',
  };
  const failed = Object.entries(steps).flatMap(([step, isDone]) => (isDone ? [] : [step]));
  console.log(`${name}: ${failed.length === 0 ? Object.keys(steps).join(', ') : `not ${failed.join(', ')}`}`);
}

await tour('apiKeys', { description: 'ci' });
await tour('credentials', { description: 'laptop', acl: ['bind:*.localhost'] });
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcxNTY0ODI1MzQ1NjQ4MjUzNDU2NDgyNTM0NTY0ODI1 laptop';
await tour('sshCredentials', { publicKey, acl: ['bind:*'] });
await tour('botUsers', { name: 'deploy', active: true }, { name: 'deploy to staging' });
await tour('reservedDomains', { domain: 'shop.localhost' });
await tour('reservedAddrs', { description: 'database' });
await tour('agentIngresses', { domain: 'connect.example.com' });
await tour('ipPolicies', { description: 'office', metadata: '{}' });

const policy = await api.ipPolicies.create({ description: 'of the rule', metadata: '' });
await tour('ipPolicyRules', { cidr: '192.0.2.0/24', action: 'allow', ipPolicyId: policy.id });

const target = { datadog: { apiKey: 'the key', ddtags: '', service: 'web', ddsite: '' } };
await tour('eventDestinations', { format: 'json', target });
const destination = (await (api.eventDestinations as unknown as Service).create({ format: 'json', target })).id;
await tour('eventSubscriptions', { sources: [{ type: 'a.v0' }], destinationIds: [destination] });

const subscription = await api.eventSubscriptions.create({
  ...{ description: '', metadata: '', sources: [{ type: 'a.v0' }], destinationIds: [destination] },
});
const source = { subscriptionId: subscription.id, type: 'b.v0' };
await api.eventSources.create(source);
await api.eventSources.update(source);
const { type } = await api.eventSources.get(source);
await api.eventSources.delete({ ...source, type: 'a.v0' }).catch(() => undefined);
const { sources } = await api.eventSources.list({ subscriptionId: subscription.id });
console.log(`eventSources: ${type}, ${sources.map((one) => one.type).join(', ')} left`);

await tour('tunnelGroupBackends', { labels: { app: 'shop' } });
await tour('httpResponseBackends', { body: 'closed', statusCode: 503 });
await tour('staticBackends', { address: 'old.example.com:80', tls: { enabled: false } });
const tunnels = await api.backends.tunnelGroupBackends.create({ labels: { app: 'shop' } } as never);
// Not of weighted backends: this client changes the case of the ids that are keys there.
await tour('failoverBackends', { backends: [tunnels.id] });
await tour('edgesHttps', { hostports: [] });
await tour('edgesTcp', { hostports: [] });
await tour('edgesTls', { hostports: [] });
const edge = await api.edges.edgesHttps.create({ description: 'of the routes' });
const match = { matchType: 'path_prefix', match: '/', backend: { backendId: tunnels.id } };
const route = await api.edges.edgesHttpsRoutes.create({ edgeId: edge.id, ...match });
const place = { edgeId: edge.id, id: route.id };
const headers = { ...place, module: { remove: ['x-secret'] } };
await api.edgeModules.edgeRouteRequestHeadersModule.replace(headers as never);
await api.edges.edgesHttpsRoutes.update({ ...place, matchType: 'exact_path', match: '/shop' });
const { backend, requestHeaders, ...shown } = await api.edges.edgesHttpsRoutes.get(place);
console.log(
  `route: ${shown.match} to ${backend?.backend.id.slice(0, 5)} without ${JSON.stringify(requestHeaders?.remove)}`,
);

if (certFile && keyFile && caFile) {
  const read = (file: string) => readFileSync(file, 'utf8');
  await tour('tlsCertificates', { certificatePem: read(certFile), privateKeyPem: read(keyFile) });
  await tour('certificateAuthorities', { caPem: read(caFile) });
}

for (const { publicUrl } of await api.endpoints.list()) console.log(`endpoint: ${publicUrl}`);
for (const { publicUrl } of await api.tunnels.list()) console.log(`tunnel: ${publicUrl}`);
for (const { agentVersion } of await api.tunnelSessions.list()) console.log(`session: of an agent ${agentVersion}`);
