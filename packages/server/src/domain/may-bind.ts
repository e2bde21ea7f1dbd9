import { AditError } from '@adit/contracts';
import { type EndpointAddress, isWildcard } from './address.ts';
import { type Acl, isUnlimited } from './credential-acl.ts';
import type { Labels } from './labels.ts';

/** What an agent asks to open. Hosts are in canonical form. */
export type AskedBind =
  /** An address: a name or a wildcard, a tcp port. */
  | { readonly kind: 'address'; readonly address: EndpointAddress }
  /** Some name below the server's domain, or some tcp port of it: the server chooses. */
  | { readonly kind: 'random'; readonly what: 'name' | 'port'; readonly domain: string }
  | { readonly kind: 'labels'; readonly labels: Labels };

/** True if a credential with this ACL may open that. What the server would choose is allowed if all it may choose from is. */
export function mayBind(acl: Acl, asked: AskedBind): boolean {
  if (isUnlimited(acl)) return true;
  if (asked.kind === 'labels') return labelsAllowed(acl, asked.labels);
  if (asked.kind === 'address') return hostAllowed(acl, hostsOf(asked.address));
  const chosenFrom = asked.what === 'port' ? asked.domain : `*.${asked.domain}`;
  return hostAllowed(acl, { host: chosenFrom, tcpPort: null });
}

/**
 * Refuses what the ACL of an agent's credential does not allow. To be called for every bind, before an address is chosen or
 * claimed, and for one that comes back as well: its ACL may have changed (`AgentBinds` in `links/agent/agent-binds.ts`).
 *
 * @throws {AditError} 308: a tcp address. 316: a name, also one that the server would choose. 356: a tcp port that the server
 *   would choose. 399: labels.
 */
export function checkBind(acl: Acl, asked: AskedBind): void {
  if (!mayBind(acl, asked)) throw refused(asked);
}

interface Hosts {
  readonly host: string;
  /** Null: no tcp endpoint, or any of its ports. */
  readonly tcpPort: number | null;
}

function hostsOf({ scheme, host, port }: EndpointAddress): Hosts {
  return { host, tcpPort: scheme === 'tcp' ? port : null };
}

function hostAllowed(acl: Acl, { host, tcpPort }: Hosts): boolean {
  return acl.some(
    (rule) => rule.kind === 'host' && isWithin(host, rule.host) && (rule.port === null || rule.port === tcpPort),
  );
}

/** A wildcard stands for all names below it, nested ones and wildcards among them, not for the name above. */
function isWithin(host: string, allowed: string): boolean {
  return isWildcard(allowed) ? host.endsWith(allowed.slice(1)) : host === allowed;
}

/** Each of them, and at least one. */
function labelsAllowed(acl: Acl, labels: Labels): boolean {
  const entries = Object.entries(labels);
  const isAllowed = ([key, value]: [string, string]) =>
    acl.some((rule) => rule.kind === 'label' && (rule.key ?? key) === key && (rule.value ?? value) === value);
  return entries.length > 0 && entries.every(isAllowed);
}

function refused(asked: AskedBind): AditError {
  const by = 'the ACL of the credential does not allow it';
  if (asked.kind === 'labels') return new AditError(399, `Cannot open an endpoint with these labels: ${by}`);
  if (asked.kind === 'random') {
    return asked.what === 'port'
      ? new AditError(356, `Cannot choose a tcp port: ${by}`)
      : new AditError(316, `Cannot choose a name: ${by}`);
  }
  const { scheme, host, port } = asked.address;
  return scheme === 'tcp'
    ? new AditError(308, `Cannot use "${host}:${port}": ${by}`)
    : new AditError(316, `Cannot use "${host}": ${by}`);
}
