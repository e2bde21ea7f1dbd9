import http from 'node:http';
import { AditError, type Id, newId } from '@adit/contracts';
import fastify, { type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Log } from '../domain/log.ts';
import { addAccountRoutes } from './account-routes.ts';
import { addAuditRoutes } from './audit-routes.ts';
import { authenticate } from './authenticate.ts';
import { checkRequest } from './check-request.ts';
import { clientAddressOf } from './client-address.ts';
import type { ApiServer, ControlDeps, Operation, RouteDeps } from './control-deps.ts';
import { apiKeys, authtokens } from './credential-resources.ts';
import { addCredentialRoutes } from './credential-routes.ts';
import { addCrossOrigin } from './cross-origin.ts';
import { addDecisionRoutes } from './decision-routes.ts';
import { addEdgeOperations } from './edges/edge-operations.ts';
import { addEndpointHealthRoutes } from './endpoint-health-routes.ts';
import { addEndpointRoutes } from './endpoint-routes.ts';
import { logFailure, toApiError, toErrorBody } from './errors.ts';
import { FilterScans } from './filter/filter-scans.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addJsonParser } from './json-parser.ts';
import { addLoginRoutes } from './login/login-routes.ts';
import { addOwnLoginRoutes } from './login/own-login-routes.ts';
import { memberResources } from './members/member-resources.ts';
import { addMemberRoutes } from './members/member-routes.ts';
import { setPrincipal } from './principal-of.ts';
import { RateLimit } from './rate-limit.ts';
import { addReferenceRoutes } from './reference/reference-routes.ts';
import { addDomainOperations } from './resources/domain-routes.ts';
import { addEventSourceRoutes } from './resources/event-source-routes.ts';
import { addResourceRoutes } from './resources/resource-routes.ts';
import { resources } from './resources/resources.ts';
import { addRootRoutes } from './root-routes.ts';
import { addTunnelRoutes } from './tunnel-routes.ts';
import { addTunnelSessionRoutes } from './tunnel-session-routes.ts';
import { UnfinishedCalls } from './unfinished-calls.ts';
import { validatorCompiler } from './validation.ts';

const maxBodyBytes = 1024 * 1024;
/** Answers hold secrets, and nothing here is for a browser to guess about. */
const everyHeader = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
/** Above what the edge takes and adds, so that a head is refused there or answered here in the API's own form. */
const maxHeadBytes = 64 * 1024;

// Given at the start and not later, or the framework first loads its own compilers: a tenth of a second of every start.
// Its types know only those, hence the detour; at run time any compiler will do.
const compilersFactory = {
  buildValidator: () => validatorCompiler,
  buildSerializer: () => serializerCompiler,
} as unknown as NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/** Builds the application. `operations` lists all it answers, for what is made from it, and for the tests that nothing is forgotten. */
export async function buildControlApp(given: ControlDeps): Promise<{ app: ApiServer; operations: Operation[] }> {
  const deps: RouteDeps = { ...given, scans: new FilterScans() };
  const operations: Operation[] = [];
  const app: ApiServer = fastify({
    serverFactory: (handler) => http.createServer({ maxHeaderSize: maxHeadBytes }, handler),
    bodyLimit: maxBodyBytes,
    // An id of any length: the framework's own limit answers before anybody has shown a key.
    routerOptions: { maxParamLength: maxHeadBytes },
    schemaController: { compilersFactory },
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: () => newId('operation', deps.clock.timeOfDay()),
    frameworkErrors: (error, request, reply) => sendError(error, { log: deps.log, request, reply }),
    clientErrorHandler: (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  }).withTypeProvider<ZodTypeProvider>();
  app.removeContentTypeParser('text/plain');
  addJsonParser(app);
  app.setErrorHandler((error, request, reply) => sendError(error, { log: deps.log, request, reply }));
  app.setNotFoundHandler((request, reply) => sendError(new AditError(9102), { log: deps.log, request, reply }));
  app.addHook('onRoute', function ({ method, url, schema }) {
    const needsKey = this !== app;
    for (const one of [method].flat()) operations.push({ method: one, path: url, needsKey, schema });
  });
  app.addHook('onRequest', async (_request, reply) => void reply.headers(everyHeader));
  addCrossOrigin(app);
  addHealthRoutes(app, deps);
  const rateLimit = new RateLimit(deps.clock, deps.limits);
  const unfinished = new UnfinishedCalls(deps.limits);
  addReferenceRoutes(app);
  addLoginRoutes(app, deps);
  await app.register(async (api: ApiServer) => {
    // Before the body is read: strangers make us read nothing.
    api.addHook('onRequest', async (request, reply) => {
      const principal = await authenticate(deps.store, request.headers.authorization);
      unfinished.begin(principal.accountId, { answer: reply.raw, connection: request.raw.socket });
      rateLimit.take(principal.accountId);
      const clientAddress = clientAddressOf(request.raw);
      if (!(await deps.gate.admits(principal.accountId, 'api', clientAddress))) throw new AditError(220);
      setPrincipal(request, clientAddress === undefined ? principal : { ...principal, clientAddress });
      checkRequest(request.method, request.headers);
    });
    addRootRoutes(api, { ...deps, operations });
    addAccountRoutes(api, deps);
    addAuditRoutes(api, deps);
    addCredentialRoutes(api, deps, authtokens);
    addCredentialRoutes(api, deps, apiKeys);
    addEndpointRoutes(api, deps);
    addDecisionRoutes(api, deps);
    addEndpointHealthRoutes(api, deps);
    addTunnelRoutes(api, deps);
    addTunnelSessionRoutes(api, deps);
    // Endpoints have routes of their own: agents bring some of them.
    for (const resource of resources) if (resource.kind !== 'endpoint') addResourceRoutes(api, deps, resource);
    for (const resource of memberResources) addMemberRoutes(api, deps, resource);
    addOwnLoginRoutes(api, deps);
    addDomainOperations(api, deps);
    addEventSourceRoutes(api, deps);
    addEdgeOperations(api, deps);
  });
  await app.ready();
  return { app, operations };
}

function sendError(
  thrown: unknown,
  { log, request, reply }: { log: Log; request: FastifyRequest; reply: FastifyReply },
): void {
  const error = toApiError(thrown);
  const operationId = request.id as Id<'operation'>;
  logFailure(log, error, { operationId, method: request.method, path: request.url.split('?')[0] ?? '' });
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  const { retry_after_seconds: seconds } = error.details;
  if (typeof seconds === 'number') reply.header('retry-after', seconds);
  // What the framework refuses by itself has passed no hook.
  reply.headers(everyHeader).code(error.status).send(toErrorBody(error, operationId));
}
