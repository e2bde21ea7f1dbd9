import { expect, test } from 'vitest';
import type { EndpointKeys } from '../config/agent-config.ts';
import { defineEndpoint } from '../endpoint/endpoint-definition.ts';
import { agentIdentity } from './agent-identity.ts';
import type { AgentPlan } from './agent-plan.ts';

async function identity(keys: Partial<EndpointKeys>, serverAddr = 'a:443') {
  const definition = await defineEndpoint({ name: 'n', upstream: { url: '3000' }, ...keys });
  return agentIdentity({
    settings: { serverAddr, authtoken: 'hunter2' },
    definitions: [definition],
  } as unknown as AgentPlan);
}

test('[invariant: no-secret-leaves] agentIdentity() is made of no secret: its digest names a file', async () => {
  const secret = {
    basic_auth: ['ann:hunter2'],
    verify_webhook: { provider: 'github', secret: 'hunter2' },
    traffic_policy: { x: 'hunter2' },
    request_header: { add: ['authorization: hunter2'] },
  };
  expect(await identity(secret)).toEqual(await identity({}));
  expect(JSON.stringify(await identity(secret))).not.toContain('hunter2');
});

test.each([
  [{ url: 'app' }, 'a:443'],
  [{ name: 'm' }, 'a:443'],
  [{ upstream: { url: '3001' } }, 'a:443'],
  [{}, 'b:443'],
  [{ labels: ['a=b'] }, 'a:443'],
])('agentIdentity() of another agent is another: %j at %s', async (keys, server) => {
  expect(await identity(keys, server)).not.toEqual(await identity({}));
});

test('agentIdentity() of agents with other labels is another', async () => {
  expect(await identity({ labels: ['a=b'] })).not.toEqual(await identity({ labels: ['a=c'] }));
});
