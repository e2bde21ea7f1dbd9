import type { ApiServer, ControlDeps } from './control-deps.ts';

const text = 'text/plain; charset=utf-8';

/** For load balancers that reach this server by its public name; without a login, and so without reasons. */
export function addHealthRoutes(app: ApiServer, deps: Pick<ControlDeps, 'isReady'>): void {
  const healthz = { operationId: 'getHealth', summary: 'Tell whether the server runs', media: { 200: text } };
  app.get('/healthz', { schema: healthz }, async (_request, reply) => reply.type(text).send('ok\n'));
  const readyz = { operationId: 'getReadiness', summary: 'Tell whether it can serve', media: { 200: text, 503: text } };
  app.get('/readyz', { schema: readyz }, async (_request, reply) => {
    const { isReady } = await deps.isReady().catch(() => ({ isReady: false }));
    return reply
      .code(isReady ? 200 : 503)
      .type(text)
      .send(isReady ? 'ready\n' : 'not ready\n');
  });
}
