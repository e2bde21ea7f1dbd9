import { AditError } from '@adit/contracts';
import type { EndpointKeys } from '../config/agent-config.ts';
import { defineEndpoint } from '../endpoint/endpoint-definition.ts';
import type { EndpointChanges, EndpointFacts } from '../inspector/index.ts';
import type { LiveEndpoints } from './live-endpoints.ts';
import { endpointFacts } from './local-agent-facts.ts';

type Keys = Readonly<Record<string, unknown>>;

/** Starts and stops endpoints of the running agent by the local API; definitions are those of the configuration file. */
export function endpointChanges(current: () => LiveEndpoints | undefined): EndpointChanges {
  const live = () => {
    const endpoints = current();
    if (!endpoints) throw new AditError(9305, 'Cannot change the endpoints: the agent is not connected');
    return endpoints;
  };
  const start = async (keys: EndpointKeys): Promise<EndpointFacts> => {
    return endpointFacts(await live().start(await defineEndpoint(keys)));
  };
  return {
    createEndpoint: async (definition) => await start(await readEndpoint(definition)),
    createTunnel: async (definition) => await start(await readTunnel(definition)),
    replaceEndpoint: async (name, definition) => {
      // Checked, and its files read, before the old one goes.
      const next = await defineEndpoint(await readEndpoint({ ...definition, name }));
      const isNew = !(await live().stop(name));
      return { endpoint: endpointFacts(await live().start(next)), isNew };
    },
    deleteEndpoint: async (name) => await live().stop(name),
  };
}

const place = { file: 'the request', isVersion2: false };

/** Whoever reaches the API is not asked who they are: they may not have this user's files read, nor URLs fetched. */
function refuseElsewhere(definition: Keys): void {
  const { verify_webhook: webhook } = definition;
  const inWebhook = typeof webhook === 'object' && webhook !== null && 'secret_file' in webhook;
  const named = ['traffic_policy_file', 'traffic_policy_url', 'basic_auth_file'].find((key) => key in definition);
  const key = named ?? (inWebhook ? 'verify_webhook.secret_file' : undefined);
  if (key === undefined) return;
  throw new AditError(9200, `Cannot use "${key}" in the request: send what it names itself, and not where that is`);
}

async function readEndpoint(definition: Keys): Promise<EndpointKeys> {
  refuseElsewhere(definition);
  const { checkDocument } = await import('../config/parse-config.ts');
  const { endpoints = [] } = checkDocument({ version: 3, agent: {}, endpoints: [definition] }, place);
  return only(endpoints);
}

async function readTunnel({ name, ...tunnel }: Keys): Promise<EndpointKeys> {
  if (typeof name !== 'string' || name === '') throw new AditError(9201, 'Cannot start a tunnel: it has no name');
  refuseElsewhere(tunnel);
  const { checkDocument } = await import('../config/parse-config.ts');
  const { endpointsOfTunnel } = await import('../config/tunnel-endpoints.ts');
  const { tunnels = {} } = checkDocument({ version: 3, agent: {}, tunnels: { [name]: tunnel } }, place);
  const keys = Object.entries(tunnels).flatMap(([key, value]) => endpointsOfTunnel(key, value));
  return only(keys);
}

function only(keys: readonly EndpointKeys[]): EndpointKeys {
  const [first, second] = keys;
  if (first === undefined || second !== undefined) {
    throw new AditError(9201, 'Cannot start a tunnel with two schemes by one request: send one for each');
  }
  return first;
}
