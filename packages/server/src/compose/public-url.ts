import type { EndpointScheme } from '../domain/endpoint.ts';

const usualPorts: Readonly<Record<EndpointScheme, number>> = { http: 80, https: 443 };

/** The URL people see: with the port unless it is the scheme's own. */
export function publicUrl(scheme: EndpointScheme, host: string, port: number): string {
  return `${scheme}://${host}${port === usualPorts[scheme] ? '' : `:${port}`}`;
}

/** How a listener's host is written in an address: loopback by the name that certificates have. */
export function hostName(host: string): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
