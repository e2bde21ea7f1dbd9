import type { Id } from '@adit/contracts';
import type { EndpointFacts } from '@adit/policy-kit';
import type { Directory } from '../directory/directory.ts';
import type { EndpointAddress } from '../domain/address.ts';
import type { DocumentId } from '../domain/document.ts';
import { type EndpointScheme, hasHttp } from '../domain/endpoint.ts';
import type { Arrival, InternalRoute } from '../domain/route.ts';
import type { Backends } from '../legacy-edges/backends.ts';

const schemes: ReadonlySet<string> = new Set<EndpointScheme>(['http', 'https', 'tcp', 'tls']);

/** Routes and backends of edges are found by their ids. */
const partId = /^[a-z]+_[0-9A-Za-z]{27}$/;

export interface TargetDeps {
  readonly directory: Pick<Directory, 'parseAddress' | 'findInternal'>;
  readonly backends: Pick<Backends, 'find'>;
}

export interface AwaitingDeps extends TargetDeps {
  readonly directory: TargetDeps['directory'] & Pick<Directory, 'awaitedInternal'>;
}

export interface AskedTarget {
  readonly accountId: Id<'account'>;
  readonly url: string;
  /** What the visitor's endpoint speaks. */
  readonly from: EndpointFacts['scheme'];
}

type Place =
  | { readonly kind: 'part'; readonly id: DocumentId; readonly scheme: Exclude<EndpointScheme, 'http'> }
  | { readonly kind: 'endpoint'; readonly address: EndpointAddress };

/** Undefined: there is none online under that URL, or it speaks something else than the visitor does. */
export function internalTarget({ directory, backends }: TargetDeps, asked: AskedTarget): InternalRoute | undefined {
  const { accountId, url } = asked;
  const place = placeOf(directory, asked);
  if (!place) return undefined;
  if (place.kind === 'part') {
    const choice = backends.find({ accountId, ...place });
    return choice && { url, ...choice };
  }
  const route = directory.findInternal(accountId, place.address);
  return route && { url, route };
}

/** See `PolicyHost.awaitInternal`. */
export function awaitedTarget(deps: AwaitingDeps, asked: AskedTarget): Promise<InternalRoute | undefined> | undefined {
  const place = placeOf(deps.directory, asked);
  // What a part chooses among is found out when somebody has come.
  const arrival =
    place && deps.directory.awaitedInternal(asked.accountId, place.kind === 'part' ? null : place.address.host);
  return arrival && onceCome(deps, asked, arrival);
}

async function onceCome(
  deps: AwaitingDeps,
  asked: AskedTarget,
  { come }: Pick<Arrival, 'come'>,
): Promise<InternalRoute | undefined> {
  await come;
  return internalTarget(deps, asked) ?? (await awaitedTarget(deps, asked));
}

function placeOf(directory: TargetDeps['directory'], { accountId, url, from }: AskedTarget): Place | undefined {
  const match = /^([a-z]+):\/\/([^/?#\s@]+)\/?$/i.exec(url);
  const scheme = match?.[1]?.toLowerCase() ?? '';
  if (!match?.[2] || !isScheme(scheme) || hasHttp(scheme) !== hasHttp(from)) return undefined;
  const [, , host] = match;
  if (partId.test(host)) return { kind: 'part', id: host as DocumentId, scheme: scheme === 'http' ? 'https' : scheme };
  try {
    const address = directory.parseAddress(host, scheme, accountId);
    return address?.binding === 'internal' ? { kind: 'endpoint', address } : undefined;
  } catch {
    // Not an address at all: nobody is there.
    return undefined;
  }
}

function isScheme(text: string): text is EndpointScheme {
  return schemes.has(text);
}
