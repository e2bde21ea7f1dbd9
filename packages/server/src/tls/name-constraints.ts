/** Object identifier of the nameConstraints extension (RFC 5280 §4.2.1.10). */
export const nameConstraintsOid = '2.5.29.30';

const loopbackV4 = [127, 0, 0, 0, 255, 0, 0, 0];
const loopbackV6 = [...Array<number>(15).fill(0), 1, ...Array<number>(16).fill(255)];

/**
 * DER of a nameConstraints extension that permits the given domains (each with all names below it) and loopback
 * addresses, and no other DNS name or address. Deterministic, so a certificate has these constraints exactly if it
 * contains these bytes.
 *
 * @param domains Lower case host names.
 */
export function encodeNameConstraints(domains: readonly string[]): Buffer {
  const dnsNames = domains.map((domain) => der(0x82, [...Buffer.from(domain, 'latin1')]));
  const addresses = [loopbackV4, loopbackV6].map((range) => der(0x87, range));
  const subtrees = [...dnsNames, ...addresses].map((base) => der(0x30, base));
  return Buffer.from(der(0x30, der(0xa0, subtrees.flat())));
}

/** Tag, length, content. Lengths up to 65,535. */
function der(tag: number, content: number[]): number[] {
  const { length } = content;
  if (length < 0x80) return [tag, length, ...content];
  return length < 0x100 ? [tag, 0x81, length, ...content] : [tag, 0x82, length >> 8, length & 0xff, ...content];
}
