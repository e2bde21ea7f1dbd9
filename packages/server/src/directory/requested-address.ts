import { AditError } from '@adit/contracts';
import { type EndpointAddress, internalSuffix, isWildcard, usualPorts } from '../domain/address.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import { canonicalHost } from './canonical-host.ts';
import { isWithin, type PortRange } from './port-range.ts';

/** What the rules for names need to know about this server. */
export interface NameRules {
  /** Lower case, without trailing dot. Every public name is below it, but for those that `isOwn`. */
  readonly domain: string;
  /** Whether the account that asks has reserved this name, which may be outside the domain. */
  isOwn(host: string): boolean;
  /** Ports of tcp endpoints; null: none. */
  readonly tcpPorts: PortRange | null;
  /** The public port of a scheme, as in the URLs people see. Not asked of tcp. */
  publicPort(scheme: EndpointScheme): number;
}

/** First labels below the domain that are the server's own, with everything under them. */
const reservedLabels: ReadonlySet<string> = new Set([
  'connect',
  'api',
  'dashboard',
  'auth',
  'cp',
  'tunnels',
  'www',
  'admin',
  'status',
  'mail',
]);
/** The form of private tunnels' ports, e.g. `x1y2z3-8080`, in any label. */
const reservedPattern = /-[0-9]+$/;

// [scheme://]host[:port][/]. Out: what the conversion to ASCII would read as something else ("a%62" as "ab", and up to a
// slash only). Everything else in the host is checked behind the conversion.
const requestForm = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#@:[\]\\%\s]*)(?::([0-9]{1,5}))?\/?$/i;
const maxRequestChars = 1024;
const maxInternalLabels = 5;
const maxPort = 65_535;

/**
 * Turns what a user asked for (`app`, `app.example.com`, `https://*.app.example.com:8443`, `tcp://example.com:20001`,
 * `foo.internal`) into an address in canonical form: lower case, ASCII (IDNA), no trailing dot. A single label means that
 * label below the domain; a name that ends in `.internal` means an internal endpoint.
 *
 * @returns null if nothing was asked for: empty text, a bare `https://`, or for tcp no port or port 0.
 * @throws {AditError} 326: not a domain name, or another scheme or port than the endpoint's. 319: outside the domain, and
 *   not reserved.
 *   307: not a port of this server's range. 332: this server has no tcp ports. 9404: reserved.
 */
export function parseRequestedAddress(
  requested: string,
  scheme: EndpointScheme,
  rules: NameRules,
): EndpointAddress | null {
  const parts = requested.length <= maxRequestChars ? requestForm.exec(requested) : null;
  if (!parts) throw invalid(requested, 'it is not a host name');
  const [, requestedScheme, name = '', digits] = parts;
  if (requestedScheme !== undefined && requestedScheme.toLowerCase() !== scheme) {
    throw invalid(requested, `the endpoint's protocol is ${scheme}`);
  }
  const port = digits === undefined ? null : Number(digits);
  if (name === '' && port === null) return null;
  // All names below the domain lead here, so a port needs none.
  const host = name === '' && scheme === 'tcp' ? rules.domain : canonicalHost(name, rules.domain);
  if (host === undefined) throw invalid(requested, 'it is not a valid domain name');
  const asked = { requested, host, port, scheme };
  if (isInternal(host, rules.domain)) return internalAddress(asked);
  return scheme === 'tcp' ? tcpAddress(asked, rules) : namedAddress(asked, rules);
}

interface Asked {
  readonly requested: string;
  /** In canonical form. */
  readonly host: string;
  readonly port: number | null;
  readonly scheme: EndpointScheme;
}

function namedAddress({ requested, host, port, scheme }: Asked, rules: NameRules): EndpointAddress {
  if (port !== null && port !== rules.publicPort(scheme)) {
    throw invalid(requested, `the public port is ${rules.publicPort(scheme)}`);
  }
  refuseForeignAndReserved(host, rules);
  return { scheme, host, port: null, binding: 'public' };
}

/** Visitors are told the domain, whatever name below it was asked for. */
function tcpAddress({ requested, host, port }: Asked, { domain, tcpPorts }: NameRules): EndpointAddress | null {
  if (isWildcard(host)) throw invalid(requested, 'a tcp endpoint has a port, not names');
  if (!isWithinDomain(host, domain)) {
    throw new AditError(319, `Cannot use "${host}": it is not "${domain}" nor below it`);
  }
  if (tcpPorts === null) throw new AditError(332, 'Cannot open a tcp endpoint: this server has no ports for them');
  if (port === null || port === 0) return null;
  if (!isWithin(tcpPorts, port)) {
    throw new AditError(
      307,
      `Cannot use port ${port}: this server has the ports ${tcpPorts.first} to ${tcpPorts.last}`,
    );
  }
  return { scheme: 'tcp', host: domain, port, binding: 'public' };
}

/** Names that are each account's own, up to five labels deep, the suffix not counted. */
function internalAddress({ requested, host, port, scheme }: Asked): EndpointAddress {
  if (host.split('.').length > maxInternalLabels + 1) {
    throw invalid(requested, `an internal name has at most ${maxInternalLabels} labels before "${internalSuffix}"`);
  }
  const known = port ?? usualPorts[scheme];
  if (known === null || known === 0 || known > maxPort) throw invalid(requested, 'it needs a port from 1 to 65535');
  return { scheme, host, port: known, binding: 'internal' };
}

/** Some have a domain of their own that ends so; what is below it is public. */
function isInternal(host: string, domain: string): boolean {
  return host.endsWith(internalSuffix) && !isWithinDomain(host, domain);
}

function isWithinDomain(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

export function refuseForeignAndReserved(host: string, { domain, isOwn }: Pick<NameRules, 'domain' | 'isOwn'>): void {
  if (host === domain || host === `*.${domain}`) {
    throw new AditError(9404, `Cannot use "${host}": it is the server's own domain`);
  }
  if (!host.endsWith(`.${domain}`)) {
    if (isOwn(host)) return;
    throw new AditError(319, `Cannot use "${host}": it is not below "${domain}", and your account has not reserved it`);
  }
  const labels = host.slice(0, -domain.length - 1).split('.');
  if (reservedLabels.has(labels.at(-1) ?? '') || labels.some((part) => reservedPattern.test(part))) {
    throw new AditError(9404, `Cannot use "${host}": the name is reserved by this server`);
  }
}

function invalid(requested: string, why: string): AditError {
  return new AditError(326, `Cannot use ${JSON.stringify(requested.slice(0, 100))} as a name: ${why}`);
}
