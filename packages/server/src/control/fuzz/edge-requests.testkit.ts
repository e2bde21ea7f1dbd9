import { modulesOf } from '@adit/contracts/api';
import type { Person, World } from '../control.testkit.ts';
import { type EdgeKind, moduleBody } from '../edges/module-samples.testkit.ts';

const kinds: readonly [path: string, kind: EdgeKind][] = [
  ['/edges/https/{edge_id}/routes', 'httpsEdgeRoute'],
  ['/edges/https', 'httpsEdge'],
  ['/edges/tcp', 'tcpEdge'],
  ['/edges/tls', 'tlsEdge'],
];

/** What an operation about one of an edge's modules takes, with what it names. */
export async function prepareModule(
  { world, caller }: { world: World; caller: Person },
  { method, path }: { method: string; path: string },
): Promise<object> {
  const [, collection = '', name = ''] = /^(.*)\/\{id\}\/(\w+)$/.exec(path) ?? [];
  const [, kind] = kinds.find(([of]) => of === collection) ?? [];
  return method === 'put' && kind ? await moduleBody(world, caller, { kind, name }) : {};
}

/** Gives an edge, or a route of one, every module. */
export async function addModules(
  { world, caller }: { world: World; caller: Person },
  { collection, url }: { collection: string; url: string },
): Promise<void> {
  const [, kind] = kinds.find(([of]) => of === collection) ?? [];
  if (!kind) return;
  for (const name of modulesOf[kind]) {
    const payload = await moduleBody(world, caller, { kind, name });
    const headers = { authorization: `Bearer ${caller.key}` };
    await world.app.inject({ method: 'PUT', url: `${url}/${name}`, payload, headers });
  }
}
