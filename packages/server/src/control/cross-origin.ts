import type { ApiServer } from './control-deps.ts';

const methods = 'GET, POST, PATCH, PUT, DELETE';
const exposed = 'ETag, Retry-After';
const maxAgeSeconds = 600;

/**
 * Lets pages of any origin call the API (Fetch Standard, CORS protocol). Nothing here rests on what a browser sends by itself,
 * such as cookies: who has no key in his hands gets nothing, and credentials are therefore not allowed along.
 */
export function addCrossOrigin(app: ApiServer): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined) return;
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed, vary: 'Origin' });
    const isPreflight = request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    if (!isPreflight) return;
    const asked = request.headers['access-control-request-headers'];
    if (asked !== undefined) reply.header('access-control-allow-headers', asked);
    reply.headers({ 'access-control-allow-methods': methods, 'access-control-max-age': maxAgeSeconds });
    await reply.code(204).send();
  });
}
