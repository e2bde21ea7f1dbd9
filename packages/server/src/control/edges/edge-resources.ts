import { AditError, type Id, newId } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { EndpointAddress } from '../../domain/address.ts';
import type { EdgeBody, RouteBody } from '../../legacy-edges/edge-bodies.ts';
import { type EdgeKind, schemesOfEdges } from '../../legacy-edges/edge-endpoints.ts';
import { claimAddress, refuseOthers } from '../resources/claim-address.ts';
import { showReason } from '../resources/cloud-endpoints.ts';
import type { DraftClaim, DraftContext, Resource, ShowContext } from '../resources/resource.ts';
import { changedModules, checkModules, type ModulesInput, referencesOf, showModules } from './edge-modules.ts';

type EdgeInput = ModulesInput & { readonly hostports?: readonly string[] };
type Context = DraftContext<EdgeBody>;

export const httpsEdges = edge('httpsEdge', contract.httpsEdges);
export const tcpEdges = edge('tcpEdge', contract.tcpEdges);
export const tlsEdges = edge('tlsEdge', contract.tlsEdges);

function edge(kind: EdgeKind, itsContract: contract.ResourceContract): Resource<EdgeInput, EdgeBody> {
  const names = contract.modulesOf[kind];
  const scheme = schemesOfEdges[kind];
  return {
    kind,
    contract: itsContract,
    ...(kind === 'httpsEdge' && { shownChildren: 'httpsEdgeRoute' as const }),
    async prepare(input, context) {
      await checkModules(input, scheme, context);
      return input;
    },
    async draft(input, context) {
      const before = context.previous?.body;
      const modules = changedModules(input, names, before?.modules);
      if (scheme === 'https' && modules.tls_termination?.terminate_at === 'upstream') {
        throw new AditError(215, 'Cannot read the body: the TLS of an HTTPS edge ends at the edge');
      }
      const addresses = input.hostports && (await addressesOf(input.hostports, scheme, context));
      const places = addresses ? addresses.map((address) => placeAt(address, context)) : (before?.places ?? []);
      const references = await referencesOf(modules, context);
      return { body: { places, modules }, references, claims: await claimsOf(places, context) };
    },
    show: ({ accountId, children = [], body: { places, modules } }, context) => ({
      hostports: places.map(({ address }) => hostportOf(address, context)),
      ...showModules(modules, names, context),
      offline: whyOffline(accountId, [...places, ...children.map(({ body }) => body as RouteBody)], context),
      ...(kind === 'httpsEdge' && { routes: children.map((route) => context.showOther(route)) }),
    }),
  };
}

/** @throws {AditError} 326: one is no public address. 307, 319, 320, 332, 9404: the account cannot have it. */
async function addressesOf(
  hostports: readonly string[],
  scheme: (typeof schemesOfEdges)[EdgeKind],
  context: Context,
): Promise<EndpointAddress[]> {
  const addresses = new Map<string, EndpointAddress>();
  for (const hostport of hostports) {
    const address = context.names.parseAddress(hostport, scheme, context.principal.accountId);
    if (address?.binding !== 'public') {
      const asked = JSON.stringify(hostport.slice(0, 100));
      throw new AditError(326, `Cannot use ${asked}: an edge has public addresses, "host:port"`);
    }
    await refuseOthers(address, context);
    addresses.set(`${address.host}:${address.port}`, address);
  }
  return [...addresses.values()];
}

/** What stays keeps its endpoint, and its visitors. */
function placeAt(address: EndpointAddress, { previous, tx }: Context): EdgeBody['places'][number] {
  const known = previous?.body.places.find((place) => isSame(place.address, address));
  return known ?? { address, endpointId: newId('endpoint', tx.nowMs) };
}

async function claimsOf(places: EdgeBody['places'], context: Context): Promise<DraftClaim[]> {
  const claims: DraftClaim[] = [];
  for (const { address } of places) {
    const kept = { address, isPooled: false, poolKey: '' };
    const isOwn = context.previous?.body.places.some((place) => isSame(place.address, address));
    claims.push(await claimAddress(kept, isOwn ? kept : undefined, context));
  }
  return claims;
}

function isSame(a: EndpointAddress, b: EndpointAddress): boolean {
  return a.host === b.host && a.port === b.port;
}

function hostportOf(address: EndpointAddress, { urlOf }: Pick<ShowContext, 'urlOf'>): string {
  const { host, port } = new URL(urlOf(address));
  return port === '' ? `${host}:443` : host;
}

/** Of the first of its addresses and routes that is not online. */
function whyOffline(
  accountId: Id<'account'>,
  places: readonly { readonly endpointId: Id<'endpoint'> }[],
  context: ShowContext,
) {
  for (const { endpointId: id } of places) {
    const reason = showReason(context.whyOffline({ accountId, id }));
    if (reason) return reason;
  }
  return null;
}
