import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { usualRoles } from '../../domain/roles.ts';
import type { ChainSource } from '../../policy/chains.ts';
import { codeOf, principals, startWorld, type TestAgent, type TestWorld } from './test-agent.testkit.ts';

/** An agent whose credential may open only that. */
async function limitedTo(...acl: string[]): Promise<{ world: TestWorld; agent: TestAgent }> {
  const world = startWorld();
  world.hooks.findPrincipal = async () => ({ ...principals.ours, acl });
  const agent = world.connect();
  await agent.auth();
  return { world, agent };
}

const named = (Domain: string) => ({ Opts: { Domain } });
const anyName = { Opts: { Domain: '' } };
const tcp = { Proto: 'tcp' };

test.each<[string, string[], Parameters<TestAgent['bind']>[0], string | undefined]>([
  ['no rule', [], {}, undefined],
  ['its host', ['bind:app.localhost'], {}, undefined],
  ['its host in other letters', ['bind:APP.LocalHost.'], named('App.localhost'), undefined],
  ['another host', ['bind:b.localhost'], {}, 'ERR_NGROK_316'],
  ['a wildcard above', ['bind:*.localhost'], {}, undefined],
  ['a name where names below it are', ['bind:*.app.localhost'], {}, 'ERR_NGROK_316'],
  ['a wildcard where a host is', ['bind:app.localhost'], named('*.app.localhost'), 'ERR_NGROK_316'],
  ['a random name where a host is', ['bind:app.localhost'], anyName, 'ERR_NGROK_316'],
  ['a random name where all are', ['bind:*.localhost'], anyName, undefined],
  ['a random port where names are', ['bind:*.localhost'], tcp, 'ERR_NGROK_356'],
  ['a random port where all are', ['bind:localhost'], tcp, undefined],
  ['its port', ['bind:localhost:20001'], { ...tcp, Opts: { Addr: 'localhost:20001' } }, undefined],
  ['another port', ['bind:localhost:20001'], { ...tcp, Opts: { Addr: 'localhost:20002' } }, 'ERR_NGROK_308'],
])('%s: %j', async (_, acl, bind, code) => {
  const { agent } = await limitedTo(...acl);
  expect(codeOf(await agent.bind(bind))).toBe(code);
});

test('what comes back is asked again, as its ACL may have changed', async () => {
  const { world, agent } = await limitedTo();
  const first = await agent.bind();
  world.hooks.findPrincipal = async () => ({ ...principals.ours, acl: ['bind:b.localhost'] });
  expect(world.sessions.renewByCredential(principals.ours.credentialId)).toBe(1);
  await agent.closed;
  const again = agent.as(world.connect());
  await again.auth();
  expect(codeOf(await again.rebind(first))).toBe('ERR_NGROK_316');
  expect(world.route()).toBeUndefined();
});

test('an ACL that cannot be read lets nobody in', async () => {
  const world = startWorld();
  world.hooks.findPrincipal = async () => ({ ...principals.ours, acl: ['nonsense'] });
  expect(codeOf(await world.connect().auth())).toBe('ERR_NGROK_600');
});

test.each([
  ['of a developer', usualRoles.developer, [], true],
  ['of a viewer', usualRoles.viewer, [], false],
  ['of a viewer, whatever its ACL says', usualRoles.viewer, ['secrets:*'], false],
  ['of an administrator, for one name', usualRoles.administrator, ['bind:app.localhost'], false],
  ['for one name and secrets', usualRoles.developer, ['bind:app.localhost', 'secrets:*'], true],
] as const)('policies of agents with a token %s may ask for secrets: %s', async (_, roles, acl, isAllowed) => {
  const world = startWorld();
  world.hooks.findPrincipal = async () => ({ ...principals.ours, roles, acl });
  const asked: ChainSource['mayReadSecrets'][] = [];
  world.hooks.compileChain = async ({ mayReadSecrets }) => {
    asked.push(mayReadSecrets);
    if (!mayReadSecrets) throw new AditError(9410);
  };
  const agent = world.connect();
  await agent.auth();
  expect(codeOf(await agent.bind())).toBe(isAllowed ? undefined : 'ERR_ADIT_9410');
  expect(asked).toEqual([isAllowed]);
});
