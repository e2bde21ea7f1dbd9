import { isIP, isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

const withPort = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<v4>[0-9.]+)):(?<port>\d{1,5})$/i;

/** `ip`, `v4:port` or `[v6]:port`: a name would need a name server to be found. */
export const nameServer = z.string().refine(isNameServer, 'must be an IP address, or one with a port: 192.0.2.1:53');

function isNameServer(text: string): boolean {
  const { v4 = '', v6 = '', port } = withPort.exec(text)?.groups ?? {};
  if (port === undefined) return isIP(text) !== 0;
  return (isIPv4(v4) || isIPv6(v6)) && Number(port) > 0 && Number(port) <= 65_535;
}
