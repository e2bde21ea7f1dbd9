import { isWildcard } from '../domain/address.ts';
import { canonicalName, dots } from '../domain/canonical-name.ts';

/**
 * A host name in its one canonical form; undefined for what is none. A single label means that label below the domain. A
 * wildcard is a whole first label before a name that is whole, and there is one at most.
 */
export function canonicalHost(name: string, domain: string): string | undefined {
  if (isWildcard(name)) {
    const below = canonicalName(name.slice(2));
    return below === undefined ? undefined : `*.${below}`;
  }
  const withoutDot = name.replace(/\.$/, '');
  const isWhole = withoutDot === '' || dots.test(withoutDot) || withoutDot.toLowerCase() === domain;
  // Before the conversion: it takes a lone number for an IPv4 address.
  return canonicalName(isWhole ? name : `${withoutDot}.${domain}`);
}
