import { makeAgentSession, makeEndpoint, type Person, type World } from '../control.testkit.ts';
import { resources } from '../resources/resources.ts';
import { makeOne } from '../resources/samples.testkit.ts';

/** Gives an account one of everything, with that text in it; answers the ids. */
export async function fillAccount(world: World, person: Person, text: string): Promise<string[]> {
  const ids: string[] = [];
  for (const { kind, contract } of resources) {
    const { id } = await makeOne(world, person, kind);
    const headers = { authorization: `Bearer ${person.key}` };
    await world.app.inject({
      method: 'PATCH',
      url: `${contract.path}/${id}`,
      payload: { metadata: `${text} ${kind}` },
      headers,
    });
    ids.push(id);
  }
  const endpoint = makeEndpoint(person.accountId, `app-${ids.length}`, { metadata: text });
  const session = makeAgentSession(person, { metadata: text });
  world.endpoints.push(endpoint);
  world.agentSessions.push(session);
  return [...ids, endpoint.id, session.id];
}
