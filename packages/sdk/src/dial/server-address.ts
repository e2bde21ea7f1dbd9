import { AditError } from '@adit/contracts';
import { bracketed, parseHostPort } from './host-port.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** `host:port`, IPv6 in brackets: for messages. */
  readonly text: string;
}

const defaultPort = 443;

/**
 * Reads `host[:port]`, `IPv4[:port]` or `[IPv6][:port]`. Default port 443.
 *
 * @throws {AditError} 9201: anything else, e.g. with a scheme or path. The value is not repeated when it may hold a secret.
 */
export function parseServerAddress(text: string): ServerAddress {
  const parsed = parseHostPort(text);
  if (!parsed) throw new AditError(9201, `Cannot use server address ${quoted(text)}: it must be host or host:port`);
  const port = parsed.port ?? defaultPort;
  return { host: parsed.host, port, text: `${bracketed(parsed.host)}:${port}` };
}

/** A value for an error message: bounded, printable, and withheld where it has a user part. */
export function quoted(text: string): string {
  if (text.includes('@')) return '(withheld: it has a user part)';
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${printable.length > 80 ? `${printable.slice(0, 80)}…` : printable}"`;
}
