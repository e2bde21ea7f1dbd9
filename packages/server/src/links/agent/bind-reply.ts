import type { BindRequest } from '@adit/wire';
import { type EndpointAddress, usualPorts } from '../../domain/address.ts';
import { valueOf } from './refuse-unsupported.ts';

type Opts = Readonly<Record<string, unknown>>;

/**
 * The options of the reply: all of the request's, since an SDK binds again with these and no others (§14.2.1), the name
 * chosen, and the keys without which the Rust client fails, in its spelling and with its types (§10.2).
 */
export function repliedOptions(
  { Opts: requested }: Pick<BindRequest, 'Opts'>,
  address: EndpointAddress,
): Record<string, unknown> {
  const fixed = { ...fixedOptions(requested, address), ProxyProto: valueOf(requested, 'proxyproto') ?? 0 };
  const fixedNames = new Set(Object.keys(fixed).map((name) => name.toLowerCase()));
  const others = Object.entries(requested).filter(([name]) => !fixedNames.has(name.toLowerCase()));
  return { ...Object.fromEntries(others), ...fixed };
}

function fixedOptions(requested: Opts, { scheme, host, port, binding }: EndpointAddress): Record<string, unknown> {
  if (scheme === 'tcp') return { Addr: `${host}:${port}` };
  // An internal endpoint has to be asked for again with a port that is not its scheme's own.
  const name = binding === 'internal' && port !== usualPorts[scheme] ? `${host}:${port}` : host;
  const names = { Domain: name, Hostname: name, Subdomain: stringOf(requested, 'subdomain') };
  if (scheme === 'tls') return { ...names, MutualTLSAtAgent: false };
  return { ...names, Auth: '', HostHeaderRewrite: valueOf(requested, 'hostheaderrewrite') === true };
}

function stringOf(object: Opts, lowerCaseName: string): string {
  const value = valueOf(object, lowerCaseName);
  return typeof value === 'string' ? value : '';
}
