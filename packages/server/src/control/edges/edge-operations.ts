import type { ApiServer, ControlDeps } from '../control-deps.ts';
import { addHttpsRouteOperations } from './https-route-operations.ts';
import { addModuleOperations } from './module-operations.ts';

/** What edges have besides the five operations of every resource. */
export function addEdgeOperations(api: ApiServer, deps: ControlDeps): void {
  addHttpsRouteOperations(api, deps);
  addModuleOperations(api, deps);
}
