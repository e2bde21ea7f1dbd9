import type { ApiServer, ControlDeps } from './control-deps.ts';

/** For load balancers that reach this server by its public name; without a login, and so without reasons. */
export function addHealthRoutes(app: ApiServer, deps: Pick<ControlDeps, 'isReady'>): void {
  app.get('/healthz', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    const { isReady } = await deps.isReady().catch(() => ({ isReady: false }));
    return reply
      .code(isReady ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(isReady ? 'ready\n' : 'not ready\n');
  });
}
