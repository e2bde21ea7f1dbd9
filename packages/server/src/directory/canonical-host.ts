import { domainToASCII } from 'node:url';
import { isWildcard } from '../domain/address.ts';

// What UTS 46 takes for a dot.
const dots = /[.\u3002\uff0e\uff61]/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A host name in its one canonical form: lower case, ASCII (IDNA), no trailing dot; undefined for what is none. A single
 * label means that label below the domain. A wildcard is a whole first label before a name that is whole, and there is
 * one at most.
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

function canonicalName(name: string): string | undefined {
  const host = domainToASCII(name.replace(/\.$/, ''));
  return host.length <= 253 && host.split('.').every((part) => label.test(part)) ? host : undefined;
}
