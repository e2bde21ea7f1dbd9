import { type EndpointAddress, usualPorts } from '../domain/address.ts';

/** The real ports of the public listeners. */
export interface PublicPorts {
  readonly http: number;
  readonly https: number;
}

/** The URL people see: with the port unless it is the scheme's own. */
export function publicUrl(address: Pick<EndpointAddress, 'scheme' | 'host' | 'port'>, ports: PublicPorts): string {
  const { scheme, host } = address;
  const port = address.port ?? ports[scheme === 'http' ? 'http' : 'https'];
  return `${scheme}://${host}${port === usualPorts[scheme] ? '' : `:${port}`}`;
}

/** How a listener's host is written in an address: loopback by the name that certificates have. */
export function hostName(host: string): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
