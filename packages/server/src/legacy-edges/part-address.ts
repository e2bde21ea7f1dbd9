import { type EndpointAddress, usualPorts } from '../domain/address.ts';
import type { DocumentId } from '../domain/document.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import type { PolicyAction } from '../policy/document/policy-document.ts';

/**
 * Where visitors are sent on to a part of an edge: an internal name that is the part's id. People cannot ask for it, as theirs end
 * in ".internal".
 */
export function partAddress(scheme: EndpointScheme, id: DocumentId): EndpointAddress {
  return { scheme, host: id, port: usualPorts[scheme], binding: 'internal' };
}

/** Sends visitors on to a part. */
export function forwardTo(scheme: EndpointScheme, id: string): PolicyAction {
  return { type: 'forward-internal', config: { url: `${scheme}://${id}` } };
}
