// Edges: addresses that are kept, with modules and backends. Of the older API: cloud endpoints say all of it in their policies.
import { z } from 'zod';
import { type EdgeModuleName, edgeModules, modulesOf } from './edge-module.ts';
import { offlineReason } from './endpoint.ts';
import { type ResourceContract, resource } from './resource.ts';
import { text } from './text.ts';

type Fields = Record<string, z.ZodType>;

const hostports = z.array(text(300).min(1)).max(100);
const offline = offlineReason.describe(
  'Why this server cannot have one of its addresses or routes online; it tries again by itself. Null: all are, or about to be.',
);

/** Bodies of `POST` and `PATCH` take the same modules. */
function writeFields(names: readonly EdgeModuleName[], absent: string): Fields {
  const fieldOf = (name: EdgeModuleName) =>
    edgeModules[name].write.nullish().describe(`Its ${edgeModules[name].title}. ${absent}`);
  return Object.fromEntries(names.map((name) => [name, fieldOf(name)]));
}

function readFields(names: readonly EdgeModuleName[]): Fields {
  const fieldOf = (name: EdgeModuleName) =>
    edgeModules[name].read.nullable().describe(`Its ${edgeModules[name].title}; null: none.`);
  return Object.fromEntries(names.map((name) => [name, fieldOf(name)]));
}

const usual = 'Default: none.';
const unchanged = 'Default: as it is.';

function edge(
  options: Pick<Parameters<typeof resource>[0], 'title' | 'path' | 'listKey'> & {
    idKind: 'httpsEdge' | 'tcpEdge' | 'tlsEdge';
    fields?: Fields;
  },
): ResourceContract {
  const { fields, ...facts } = options;
  const modules = modulesOf[facts.idKind];
  return resource({
    ...facts,
    create: {
      hostports: hostports.nullish().describe('Its addresses, `host:port`, at most 100. Default: none.'),
      ...writeFields(modules, usual),
    },
    update: {
      hostports: hostports.nullish().describe('Other addresses. Default: as they are.'),
      ...writeFields(modules, unchanged),
    },
    fields: {
      hostports: z.array(z.string()).describe('Its addresses, `host:port`.'),
      ...readFields(modules),
      offline,
      ...fields,
    },
  });
}

const match = {
  match_type: z
    .enum(['exact_path', 'path_prefix'])
    .describe('`exact_path`: only that path. `path_prefix`: all that begin so.'),
  match: text(2_048)
    .regex(
      /^(?:[a-zA-Z0-9.-]+(?:\/[^?#]*)?|\/[^?#]*)$/,
      'must be a path, which begins with "/", or a host and a path, without "?" and "#"',
    )
    .describe(
      'A path, or a host and a path, e.g. `/api`, `shop.example.com/api`. Of several that match the exact one serves, else the longest.',
    ),
};

/** A path of an HTTPS edge. Its own modules decide, after those of the edge. */
export const httpsEdgeRoutes: ResourceContract = resource({
  title: 'a route of an HTTPS edge',
  idKind: 'httpsEdgeRoute',
  path: '/edges/https/:edge_id/routes',
  listKey: 'routes',
  create: {
    ...match,
    edge_id: z.string().nullish().describe('The edge of the path, which some clients send once more.'),
    ...writeFields(modulesOf.httpsEdgeRoute, usual),
  },
  update: {
    match_type: match.match_type.nullish().describe('Another kind of match. Default: as it is.'),
    match: match.match.nullish().describe('Another path. Default: as it is.'),
    edge_id: z.string().nullish().describe('The edge of the path, which some clients send once more.'),
    ...writeFields(modulesOf.httpsEdgeRoute, unchanged),
  },
  fields: {
    ...match,
    edge_id: z.string().describe('Id of its edge.'),
    ...readFields(modulesOf.httpsEdgeRoute),
  },
});

/** Addresses for HTTPS, whose routes say what is behind each path. */
export const httpsEdges: ResourceContract = edge({
  title: 'an HTTPS edge',
  idKind: 'httpsEdge',
  path: '/edges/https',
  listKey: 'https_edges',
  fields: { routes: z.array(httpsEdgeRoutes.object).describe('Its routes, newest first.') },
});

/** Ports. */
export const tcpEdges: ResourceContract = edge({
  title: 'a TCP edge',
  idKind: 'tcpEdge',
  path: '/edges/tcp',
  listKey: 'tcp_edges',
});

/** Addresses for TLS. */
export const tlsEdges: ResourceContract = edge({
  title: 'a TLS edge',
  idKind: 'tlsEdge',
  path: '/edges/tls',
  listKey: 'tls_edges',
});
