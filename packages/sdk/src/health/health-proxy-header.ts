/** Signature, version 2 with command LOCAL, no addresses (PROXY protocol, §2.2). */
const version2 = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
const version1 = Buffer.from('PROXY UNKNOWN\r\n', 'latin1');

/** The PROXY header of a connection that no visitor stands behind, as health checks send it. Null: none is expected. */
export function localProxyHeader(version: number): Buffer | null {
  if (version === 0) return null;
  return version === 1 ? version1 : version2;
}
