// The control API: ngrok's REST API v2 in shape, our own model behind it. Handlers unpack, ask one small rule function and
// pack; who may do what is decided in domain/authorize.ts, and what is kept in store/. It listens nowhere itself: the edge
// hands it connections over the `local` link, so that its visitors pass the same chain as everybody's.
import type http from 'node:http';
import { buildControlApp } from './control-app.ts';
import type { ControlDeps } from './control-deps.ts';

/**
 * The API as an HTTP server that does not listen: `server.emit('connection', stream)` serves one connection.
 * Nothing needs closing but the connections.
 */
export async function createControlApi(deps: ControlDeps): Promise<http.Server> {
  const { app } = await buildControlApp(deps);
  return app.server;
}
