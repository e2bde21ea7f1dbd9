/** One value of DER (X.690 §10), as far as certificates and revocation lists have it: short tags, definite lengths. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

/** @throws {RangeError} It is cut, or of another form. */
export function readDer(bytes: Buffer): DerValue {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformed();
  const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
  // 0x80 is the indefinite length, and four bytes are more than anybody may send.
  if (first === 0x80 || sizeBytes > 4 || bytes.length < 2 + sizeBytes) throw malformed();
  const start = 2 + sizeBytes;
  const length = sizeBytes === 0 ? first : bytes.readUIntBE(2, sizeBytes);
  if (start + length > bytes.length) throw malformed();
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(0, start + length) };
}

/** The values in a constructed one. @throws {RangeError} As `readDer`. */
export function childrenOf({ content }: Pick<DerValue, 'content'>): DerValue[] {
  const children: DerValue[] = [];
  for (let left = content; left.length > 0; ) {
    const child = readDer(left);
    children.push(child);
    left = left.subarray(child.whole.length);
  }
  return children;
}

/** UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5), milliseconds since 1970. @throws {RangeError} It is neither. */
export function readTime({ tag, content }: DerValue): number {
  const text = content.toString('latin1');
  const isShort = tag === 0x17;
  const [, year = '', ...rest] = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text) ?? [];
  if ((tag !== 0x17 && tag !== 0x18) || year.length !== (isShort ? 2 : 4)) throw malformed();
  const century = isShort ? (Number(year) < 50 ? 2_000 : 1_900) : 0;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  return Date.UTC(century + Number(year), month - 1, day, hour, minute, second);
}

/** One extension of a certificate or a list (RFC 5280 §4.2). */
export interface Extension {
  /** The bytes of its object identifier, hexadecimal. */
  readonly id: string;
  readonly isCritical: boolean;
  readonly value: DerValue;
}

/** @param field The one with the explicit tag; undefined: there are none. @throws {RangeError} As `readDer`. */
export function readExtensions(field: DerValue | undefined): Extension[] {
  const [list] = field ? childrenOf(field) : [];
  return (list ? childrenOf(list) : []).map((extension) => {
    const [id, ...rest] = childrenOf(extension);
    const value = rest.at(-1);
    if (!id || value?.tag !== 0x04) throw malformed();
    const isCritical = rest.length > 1 && rest[0]?.tag === 0x01 && rest[0].content[0] !== 0;
    return { id: id.content.toString('hex'), isCritical, value: readDer(value.content) };
  });
}

/** The bytes of a BIT STRING of whole bytes, as signatures are. @throws {RangeError} It is none. */
export function bitsOf({ tag, content }: DerValue): Buffer {
  if (tag !== 0x03 || content[0] !== 0) throw malformed();
  return content.subarray(1);
}

function malformed(): RangeError {
  return new RangeError('Cannot read DER: it is malformed');
}
