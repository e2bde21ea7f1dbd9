import { type ConnectionEnds, encodeProxyProtocol } from '@adit/wire';

const v4: ConnectionEnds = { clientIp: '203.0.113.9', clientPort: 51_234, serverIp: '192.0.2.1', serverPort: 443 };
const v6: ConnectionEnds = { clientIp: '2001:db8::7', clientPort: 51_234, serverIp: '2001:db8::1', serverPort: 443 };

/** PROXY headers as load balancers send them. */
export const proxyHeaders = {
  'v1-tcp4': encodeProxyProtocol(1, v4),
  'v1-tcp6': encodeProxyProtocol(1, v6),
  'v1-unknown': Buffer.from('PROXY UNKNOWN\r\n'),
  'v2-tcp4': encodeProxyProtocol(2, v4),
  'v2-tcp6': encodeProxyProtocol(2, v6),
  'v2-local': Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex'),
};
