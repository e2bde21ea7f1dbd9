import { BlockList, isIP } from 'node:net';
import { parseHostPort } from './host-port.ts';
import { isLoopbackHost } from './loopback.ts';
import type { ServerAddress } from './server-address.ts';

/** The variables that name a proxy, the first one that is set wins: connections to a server are TLS. */
const names = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/**
 * The proxy URL that an environment asks for, for `ConnectOptions.proxyUrl`; undefined: none. `no_proxy` takes names (and
 * all names below), `host:port`, addresses, CIDR ranges and `*`, by commas or blanks. This machine is never reached
 * through a proxy. Pure: the environment is the caller's.
 */
export function chooseProxy(
  environment: Readonly<Record<string, string | undefined>>,
  server: ServerAddress,
): string | undefined {
  const url = names.map((name) => environment[name]).find((value) => value);
  if (!url || isLoopbackHost(server.host)) return undefined;
  const exceptions = environment['no_proxy'] || environment['NO_PROXY'] || '';
  const isExcepted = exceptions.split(/[\s,]+/).some((entry) => entry !== '' && covers(entry.toLowerCase(), server));
  return isExcepted ? undefined : url;
}

function covers(entry: string, server: ServerAddress): boolean {
  if (entry === '*') return true;
  const host = server.host.replace(/\.$/, '');
  if (entry.includes('/')) return isInRange(entry, host);
  const { host: name, port } = parseHostPort(bareForm(entry)) ?? { host: '', port: null };
  if (name === '' || (port !== null && port !== server.port)) return false;
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

/** `.example.com` and `*.example.com` are `example.com`; an IPv6 address may come without brackets. */
function bareForm(entry: string): string {
  return isIP(entry) === 6 ? `[${entry}]` : entry.replace(/^\*?\./, '');
}

function isInRange(range: string, host: string): boolean {
  const [, network = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(range) ?? [];
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}
