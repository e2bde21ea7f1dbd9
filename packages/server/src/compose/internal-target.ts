import type { Id } from '@adit/contracts';
import type { EndpointFacts } from '@adit/policy-kit';
import type { Directory } from '../directory/directory.ts';
import { type EndpointScheme, hasHttp } from '../domain/endpoint.ts';
import type { InternalRoute } from '../domain/route.ts';

const schemes: ReadonlySet<string> = new Set<EndpointScheme>(['http', 'https', 'tcp', 'tls']);

/**
 * The internal endpoint of an account under a URL, for a visitor of an endpoint of the scheme `from`. Undefined: there is none
 * online, or it speaks something else than he does.
 */
export function internalTarget(
  directory: Pick<Directory, 'parseAddress' | 'findInternal'>,
  { accountId, url, from }: { accountId: Id<'account'>; url: string; from: EndpointFacts['scheme'] },
): InternalRoute | undefined {
  const match = /^([a-z]+):\/\/([^/?#\s@]+)\/?$/i.exec(url);
  const scheme = match?.[1]?.toLowerCase() ?? '';
  if (!match?.[2] || !isScheme(scheme) || hasHttp(scheme) !== hasHttp(from)) return undefined;
  try {
    const address = directory.parseAddress(match[2], scheme, accountId);
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
