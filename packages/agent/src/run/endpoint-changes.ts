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
      const keys = await readEndpoint({ ...definition, name });
      // Checked before the old one goes.
      await defineEndpoint(keys);
      const isNew = !(await live().stop(name));
      return { endpoint: await start(keys), isNew };
    },
    deleteEndpoint: async (name) => await live().stop(name),
  };
}

const place = { file: 'the request', isVersion2: false };

async function readEndpoint(definition: Keys): Promise<EndpointKeys> {
  const { checkDocument } = await import('../config/parse-config.ts');
  const { endpoints = [] } = checkDocument({ version: 3, agent: {}, endpoints: [definition] }, place);
  return only(endpoints);
}

async function readTunnel({ name, ...tunnel }: Keys): Promise<EndpointKeys> {
  if (typeof name !== 'string' || name === '') throw new AditError(9201, 'Cannot start a tunnel: it has no name');
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
