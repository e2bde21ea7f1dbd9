import { isIPv6 } from 'node:net';
import { z } from 'zod';

/** Where a service of its own listens. No port: the one this data directory used before, else any free one. */
export interface HostPort {
  readonly host: string;
  readonly port: number | null;
}

const forms = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::(\d{1,5}))?$/i;

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
function parseHostPort(text: string): HostPort | undefined {
  const [, v6, name, digits] = forms.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined || (v6 !== undefined && !isIPv6(v6))) return undefined;
  const port = digits === undefined ? null : Number(digits);
  return port !== null && port > 65_535 ? undefined : { host, port };
}

export const hostPort = z.string().transform((text, context) => {
  const parsed = parseHostPort(text);
  if (!parsed) context.addIssue({ code: 'custom', message: 'must be host, host:port or [IPv6]:port' });
  return parsed ?? z.NEVER;
});
