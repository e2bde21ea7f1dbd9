// What documents of edges, their routes and their backends stand for.
import { isDeepStrictEqual } from 'node:util';
import { AditError, type Id } from '@adit/contracts';
import type { EndpointAddress } from '../domain/address.ts';
import type { Document } from '../domain/document.ts';
import { labelledSchemes } from '../domain/endpoint.ts';
import type { Link } from '../domain/link.ts';
import type { Store } from '../domain/store.ts';
import type { Backends, ChoosingBackend } from '../legacy-edges/backends.ts';
import type { EdgeBody, HttpResponseBody, RouteBody, StaticBody } from '../legacy-edges/edge-bodies.ts';
import {
  httpResponseRules,
  httpsEdgeRules,
  httpsRouteRules,
  type PolicyReader,
  rawEdgeRules,
} from '../legacy-edges/edge-endpoints.ts';
import { edgeLimits } from '../legacy-edges/edge-limits.ts';
import { partAddress } from '../legacy-edges/part-address.ts';
import type { CloudEndpoints } from '../links/cloud/cloud-endpoints.ts';
import { staticLink } from '../links/static/static-link.ts';
import type { Connect, NamedService } from '../outgoing/guarded-connect.ts';
import type { PolicyDocument } from '../policy/document/policy-document.ts';
import type { KeptEndpoint, KeptKind } from './follow-endpoints.ts';

export interface KeptEdgesDeps {
  readonly store: Pick<Store, 'listDocuments' | 'readSecret'>;
  readonly backends: Backends;
  /** What sends visitors on to backends. */
  readonly endpoints: Pick<CloudEndpoints, 'recheck'>;
  readonly reader: PolicyReader;
  readonly connect: Connect;
}

/** Those that others rest on come first. */
export function keptEdges(deps: KeptEdgesDeps): readonly KeptKind[] {
  return [
    ...(['tunnelGroupBackend', 'weightedBackend', 'failoverBackend'] as const).map((kind) => choosing(kind, deps)),
    httpResponses,
    staticBackends(deps),
    httpsRoutes(deps),
    httpsEdges(deps),
    rawEdges('tcp', deps),
    rawEdges('tls', deps),
  ];
}

/** They have no endpoint: what they choose has. */
function choosing(kind: ChoosingBackend['kind'], { backends, endpoints }: KeptEdgesDeps): KeptKind {
  return {
    kind,
    endpointsOf({ accountId, id, body }) {
      // Who is at one that may not be chosen any more has to go.
      if (backends.set(accountId, id, { kind, ...body } as ChoosingBackend)) endpoints.recheck(accountId);
      return [];
    },
    forget({ accountId, id }) {
      backends.delete(accountId, id);
      endpoints.recheck(accountId);
    },
  };
}

const httpResponses: KeptKind = {
  kind: 'httpResponseBackend',
  endpointsOf(document) {
    const { endpointId, ...answer } = document.body as HttpResponseBody;
    const address = partAddress('https', document.id);
    return [hidden(document, { part: 'backend', id: endpointId, address, policy: httpResponseRules(answer) })];
  },
};

function staticBackends({ connect }: KeptEdgesDeps): KeptKind {
  const links = new Map<string, { service: NamedService; link: Link }>();
  // Another link is another endpoint: its streams are cut.
  const linkFor = (id: string, service: NamedService): Link => {
    const known = links.get(id);
    if (known && isDeepStrictEqual(known.service, service)) return known.link;
    const link = staticLink(service, connect);
    links.set(id, { service, link });
    return link;
  };
  return {
    kind: 'staticBackend',
    endpointsOf(document) {
      const { endpointIds, host, port, isTls } = document.body as StaticBody;
      const link = linkFor(document.id, { host, port, isTls });
      return labelledSchemes.map((scheme) => ({
        ...hidden(document, {
          ...{ part: 'backend', id: endpointIds[scheme], address: partAddress(scheme, document.id), policy: {} },
        }),
        link,
      }));
    },
    forget: ({ id }) => void links.delete(id),
  };
}

function httpsRoutes({ store, reader }: KeptEdgesDeps): KeptKind {
  return {
    kind: 'httpsEdgeRoute',
    async endpointsOf(document) {
      const route = document as Document<RouteBody>;
      const secret = await store.readSecret(document);
      // Some providers need none, and then an empty one is kept.
      const webhookSecret = secret && secret.length > 0 ? Buffer.from(secret).toString() : null;
      const policy = rulesOrText(route.body, () => httpsRouteRules(route, webhookSecret, reader));
      const address = partAddress('https', document.id);
      return [hidden(document, { part: 'route', id: route.body.endpointId, address, policy })];
    },
    alsoOf: ({ accountId, body }) => ({ accountId, kind: 'httpsEdge', id: (body as RouteBody).edgeId }),
  };
}

function httpsEdges({ store }: KeptEdgesDeps): KeptKind {
  return {
    kind: 'httpsEdge',
    async endpointsOf(document) {
      const { accountId, id } = document;
      const routes = await store.listDocuments({
        accountId,
        kind: 'httpsEdgeRoute',
        parentId: id,
        limit: edgeLimits.maxRoutes,
      });
      const matching = (routes as Document<RouteBody>[]).map((route) => ({ id: route.id, ...route.body }));
      return atPlaces(document as Document<EdgeBody>, httpsEdgeRules(document as Document<EdgeBody>, matching));
    },
  };
}

function rawEdges(protocol: 'tcp' | 'tls', { reader }: KeptEdgesDeps): KeptKind {
  return {
    kind: `${protocol}Edge`,
    endpointsOf(document) {
      const edge = document as Document<EdgeBody>;
      const policy = rulesOrText(edge.body, () => rawEdgeRules(edge, protocol, reader));
      return atPlaces(edge, policy);
    },
  };
}

/**
 * A traffic policy that cannot be read any more stays a text: the endpoint then refuses everybody, and its operator is told. The
 * others are not to wait for it.
 */
function rulesOrText({ modules }: Pick<EdgeBody, 'modules'>, read: () => PolicyDocument): PolicyDocument | string {
  try {
    return read();
  } catch (error) {
    const text = modules.traffic_policy?.value;
    if (!(error instanceof AditError) || text === undefined) throw error;
    return text;
  }
}

/** One endpoint for each address, with the same rules. */
function atPlaces(edge: Document<EdgeBody>, policy: PolicyDocument | string): KeptEndpoint[] {
  return edge.body.places.map(({ endpointId: id, address }) => ({
    ...sharedFacts(edge),
    ...{ id, address, policy, isPooled: false, part: { kind: 'edge', ownerId: edge.id } },
  }));
}

interface HiddenFacts {
  readonly part: 'route' | 'backend';
  readonly id: Id<'endpoint'>;
  readonly address: EndpointAddress;
  readonly policy: PolicyDocument | string;
}

function hidden(document: Document, { part: kind, ...facts }: HiddenFacts): KeptEndpoint {
  return { ...sharedFacts(document), ...facts, isPooled: false, part: { kind, ownerId: document.id } };
}

function sharedFacts({ accountId, revision, description, metadata, createdAtMs }: Document) {
  return { accountId, revision, description, metadata, createdAtMs };
}
