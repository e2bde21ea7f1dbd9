import { AditError, newId } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { RouteBody } from '../../legacy-edges/edge-bodies.ts';
import { edgeLimits } from '../../legacy-edges/edge-limits.ts';
import { canonicalMatch } from '../../legacy-edges/route-rules.ts';
import { type DraftContext, isTaken, type Resource } from '../resources/resource.ts';
import { changedModules, checkModules, type ModulesInput, referencesOf, showModules } from './edge-modules.ts';

type RouteInput = ModulesInput &
  Partial<Pick<RouteBody, 'match' | 'match_type'>> & {
    /** Of the path. */
    readonly edge_id?: string;
  };

const names = contract.modulesOf.httpsEdgeRoute;

/** Below the edge that its path names. */
export const httpsEdgeRoutes: Resource<RouteInput, RouteBody> = {
  kind: 'httpsEdgeRoute',
  contract: contract.httpsEdgeRoutes,
  async prepare(input, context) {
    await checkModules(input, 'https', context);
    return input;
  },
  async draft(input, context) {
    const before = context.previous?.body;
    const edgeId = before?.edgeId ?? (await context.find('httpsEdge', input.edge_id ?? '', 'edge_id')).id;
    const match_type = input.match_type ?? before?.match_type ?? 'path_prefix';
    const match = canonicalMatch(input.match ?? before?.match ?? '/');
    const modules = changedModules(input, names, before?.modules);
    const endpointId = before?.endpointId ?? newId('endpoint', context.tx.nowMs);
    const space = `route of ${edgeId}`;
    if (!before) await refuseTooMany(space, context);
    const refuse = () => isTaken(`a route with ${match_type} "${match}" in this edge`);
    return {
      body: { edgeId, endpointId, match_type, match, modules },
      parentId: edgeId,
      references: await referencesOf(modules, context),
      claims: [{ space, name: `${match_type} ${match}`, refuse }],
      ...('webhook_verification' in input && { secret: Buffer.from(input.webhook_verification?.secret ?? '') }),
    };
  },
  show: ({ body: { edgeId, match_type, match, modules } }, context) => ({
    ...{ edge_id: edgeId, match_type, match },
    ...showModules(modules, names, context),
  }),
};

/** @param space That of its claims: each route has one. @throws {AditError} 9110. */
async function refuseTooMany(space: string, { tx }: DraftContext<RouteBody>): Promise<void> {
  const { maxRoutes } = edgeLimits;
  if ((await tx.countClaims(space)) < maxRoutes) return;
  throw new AditError(9110, `Cannot make a route of an HTTPS edge: the edge has ${maxRoutes}`);
}
