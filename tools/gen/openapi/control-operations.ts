import { buildControlApp } from '../../../packages/server/src/control/control-app.ts';
import type { ControlDeps, Operation } from '../../../packages/server/src/control/control-deps.ts';

/** Every operation of the control API, as its routes describe it. No request is made, so nothing is asked of the server. */
export async function controlOperations(): Promise<readonly Operation[]> {
  const { operations } = await buildControlApp({} as ControlDeps);
  return operations;
}
