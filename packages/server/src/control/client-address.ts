import type { IncomingMessage } from 'node:http';

/**
 * The address of the visitor who calls. The edge writes this line for every request, in place of whatever the visitor sends:
 * first the visitor, then the proxies that vouch for them. Without an edge in front, as in tests: the connection's own.
 */
export function clientAddressOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string | undefined {
  const [line] = [headers['x-forwarded-for']].flat();
  return line?.split(',')[0]?.trim() || socket.remoteAddress;
}
