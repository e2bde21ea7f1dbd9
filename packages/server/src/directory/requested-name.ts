// The directory: the one registry of public names and the route table published from it. In memory only: binds are not
// durable. Not here: who may open an endpoint (links/), and what is done with a request (edge/).
import { domainToASCII } from 'node:url';
import { AditError } from '@adit/contracts';
import type { EndpointScheme } from '../domain/endpoint.ts';

/** What the rules for names need to know about this server. */
export interface NameRules {
  /** Lower case, without trailing dot. Every endpoint's name is below it. */
  readonly domain: string;
  /** The public port of a scheme, as in the URLs people see. */
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
// What UTS 46 takes for a dot.
const dots = /[.\u3002\uff0e\uff61]/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const maxRequestChars = 1024;

/**
 * Turns what a user asked for (`app`, `app.example.com`, `https://app.example.com:8443`) into a host name in canonical
 * form: lower case, ASCII (IDNA), no trailing dot, no port. A single label means that label below the domain.
 *
 * @returns null if no name was asked for: empty text, or a bare `https://`.
 * @throws {AditError} 326: not a domain name, or another scheme or port than the endpoint's. 319: outside the domain.
 *   9404: reserved.
 */
export function parseRequestedName(requested: string, scheme: EndpointScheme, rules: NameRules): string | null {
  const parts = requested.length <= maxRequestChars ? requestForm.exec(requested) : null;
  if (!parts) throw invalid(requested, 'it is not a host name');
  const [, requestedScheme, name = '', port] = parts;
  if (requestedScheme !== undefined && requestedScheme.toLowerCase() !== scheme) {
    throw invalid(requested, `the endpoint's protocol is ${scheme}`);
  }
  if (port !== undefined && Number(port) !== rules.publicPort(scheme)) {
    throw invalid(requested, `the public port is ${rules.publicPort(scheme)}`);
  }
  if (name === '' && port === undefined) return null;
  const host = canonicalHost(name, rules.domain);
  if (host === undefined) throw invalid(requested, 'it is not a valid domain name');
  refuseForeignAndReserved(host, rules.domain);
  return host;
}

function canonicalHost(name: string, domain: string): string | undefined {
  const withoutDot = name.replace(/\.$/, '');
  if (withoutDot === '') return undefined;
  // Before the conversion: it takes a lone number for an IPv4 address.
  const isWhole = dots.test(withoutDot) || withoutDot.toLowerCase() === domain;
  const host = domainToASCII(isWhole ? withoutDot : `${withoutDot}.${domain}`);
  return host.length <= 253 && host.split('.').every((part) => label.test(part)) ? host : undefined;
}

function refuseForeignAndReserved(host: string, domain: string): void {
  if (host === domain) throw new AditError(9404, `Cannot use "${host}": it is the server's own domain`);
  if (!host.endsWith(`.${domain}`)) throw new AditError(319, `Cannot use "${host}": it is not below "${domain}"`);
  const labels = host.slice(0, -domain.length - 1).split('.');
  if (reservedLabels.has(labels.at(-1) ?? '') || labels.some((part) => reservedPattern.test(part))) {
    throw new AditError(9404, `Cannot use "${host}": the name is reserved by this server`);
  }
}

function invalid(requested: string, why: string): AditError {
  return new AditError(326, `Cannot use ${JSON.stringify(requested.slice(0, 100))} as a name: ${why}`);
}
