import type { Id } from '@adit/contracts';
import type { EndpointFacts } from '@adit/policy-kit';
import type { Directory } from '../directory/directory.ts';
import type { DocumentId } from '../domain/document.ts';
import { type EndpointScheme, hasHttp } from '../domain/endpoint.ts';
import type { InternalRoute } from '../domain/route.ts';
import type { Backends } from '../legacy-edges/backends.ts';

const schemes: ReadonlySet<string> = new Set<EndpointScheme>(['http', 'https', 'tcp', 'tls']);

/** Routes and backends of edges are found by their ids. */
const partId = /^[a-z]+_[0-9A-Za-z]{27}$/;

export interface TargetDeps {
  readonly directory: Pick<Directory, 'parseAddress' | 'findInternal'>;
  readonly backends: Pick<Backends, 'find'>;
}

/**
 * The internal endpoint of an account under a URL, for a visitor of an endpoint of the scheme `from`. Undefined: there is none
 * online, or it speaks something else than he does.
 */
export function internalTarget(
  { directory, backends }: TargetDeps,
  { accountId, url, from }: { accountId: Id<'account'>; url: string; from: EndpointFacts['scheme'] },
): InternalRoute | undefined {
  const match = /^([a-z]+):\/\/([^/?#\s@]+)\/?$/i.exec(url);
  const scheme = match?.[1]?.toLowerCase() ?? '';
  if (!match?.[2] || !isScheme(scheme) || hasHttp(scheme) !== hasHttp(from)) return undefined;
  const [, , host] = match;
  if (partId.test(host)) {
    const choice = backends.find({ accountId, id: host as DocumentId, scheme: scheme === 'http' ? 'https' : scheme });
    return choice && { url, ...choice };
  }
  try {
    const address = directory.parseAddress(host, scheme, accountId);
    const route = address?.binding === 'internal' ? directory.findInternal(accountId, address) : undefined;
    return route && { url, route };
  } catch {
    // Not an address at all: nobody is there.
    return undefined;
  }
}

function isScheme(text: string): text is EndpointScheme {
  return schemes.has(text);
}
