import { AditError } from '@adit/contracts';
import type { EndpointChanges, EndpointFacts } from '../agent-facts.ts';
import { type Answer, json, noContent } from '../door/answer.ts';
import { endpointObject, endpointsUri, statusObject, uriOf } from './endpoint-object.ts';
import type { ApiCall, ApiContext, Operation } from './operation.ts';
import { jsonObject, readBody } from './read-body.ts';

const tunnelsUri = '/api/tunnels';

/** The agent's status and endpoints, and the older tunnels, which are the same endpoints in other words. */
export const endpointOperations: readonly Operation[] = [
  { method: 'GET', path: '/api/status', run: (_call, { agent }) => json(200, statusObject(agent)) },
  {
    method: 'GET',
    path: endpointsUri,
    run: (_call, context) =>
      json(200, {
        endpoints: context.agent.endpoints().map((facts) => endpointObject(facts, context)),
        uri: endpointsUri,
      }),
  },
  {
    method: 'GET',
    path: `${endpointsUri}/:`,
    run: (call, context) => json(200, endpointObject(one(call, context), context)),
  },
  { method: 'POST', path: endpointsUri, run: createEndpoint },
  { method: 'PUT', path: `${endpointsUri}/:`, run: replaceEndpoint },
  { method: 'DELETE', path: `${endpointsUri}/:`, run: deleteEndpoint },
  {
    method: 'GET',
    path: tunnelsUri,
    run: (_call, context) =>
      json(200, { tunnels: context.agent.endpoints().map((facts) => tunnelObject(facts, context)), uri: tunnelsUri }),
  },
  {
    method: 'GET',
    path: `${tunnelsUri}/:`,
    run: (call, context) => json(200, tunnelObject(one(call, context), context)),
  },
  { method: 'POST', path: tunnelsUri, run: createTunnel },
  { method: 'DELETE', path: `${tunnelsUri}/:`, run: deleteEndpoint },
];

function tunnelObject(facts: EndpointFacts, { watched }: ApiContext): object {
  return {
    name: facts.name,
    uri: uriOf(tunnelsUri, facts),
    public_url: facts.url,
    labels: facts.labels ?? {},
    proto: facts.url.split(':')[0] ?? '',
    config: { addr: facts.upstream.url, inspect: facts.inspect },
    metrics: watched.metrics(facts.name),
  };
}

async function createEndpoint({ body }: ApiCall, context: ApiContext): Promise<Answer> {
  const { changes } = context.agent;
  if (!changes) throw unchangeable();
  return json(201, endpointObject(await changes.createEndpoint(readBody(jsonObject, body)), context));
}

async function replaceEndpoint({ param, body }: ApiCall, context: ApiContext): Promise<Answer> {
  const { changes } = context.agent;
  if (!changes) throw unchangeable();
  const { endpoint, isNew } = await changes.replaceEndpoint(param, readBody(jsonObject, body));
  return json(isNew ? 201 : 200, endpointObject(endpoint, context));
}

async function createTunnel({ body }: ApiCall, context: ApiContext): Promise<Answer> {
  const { changes } = context.agent;
  if (!changes) throw unchangeable();
  return json(201, tunnelObject(await changes.createTunnel(readBody(jsonObject, body)), context));
}

async function deleteEndpoint(call: ApiCall, context: ApiContext): Promise<Answer> {
  const { name } = one(call, context);
  const changes: EndpointChanges | null = context.agent.changes;
  if (!changes) throw unchangeable();
  if (!(await changes.deleteEndpoint(name))) throw missing(name);
  return noContent;
}

function unchangeable(): AditError {
  return new AditError(
    9104,
    'Cannot change endpoints: this agent takes them from its command line and configuration only',
  );
}

function one({ param }: ApiCall, { agent }: ApiContext): EndpointFacts {
  const found = agent.endpoints().find(({ name }) => name === param);
  if (!found) throw missing(param);
  return found;
}

function missing(name: string): AditError {
  return new AditError(9101, `Cannot find the endpoint ${JSON.stringify(name.slice(0, 100))} in this agent`);
}
