/** One value of DER (ITU-T X.690): its tag and its content. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  /** With tag and length. */
  readonly whole: Uint8Array;
}

/** The values one after the other; stops at what is no DER. */
export function readAll(data: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < data.length; ) {
    const value = readOne(data.subarray(at));
    if (value === undefined) break;
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

function readOne(data: Uint8Array): DerValue | undefined {
  const [tag = 0, first = 0] = data;
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (data.length < 2 + extra || extra > 4 || (tag & 0x1f) === 0x1f) return undefined;
  const length = extra === 0 ? first : data.subarray(2, 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = 2 + extra + length;
  if (end > data.length) return undefined;
  return { tag, content: data.subarray(2 + extra, end), whole: data.subarray(0, end) };
}

/** `2.5.29.17` of an OBJECT IDENTIFIER. */
export function readOid({ content }: DerValue): string {
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of content) {
    number = (number << 7n) | BigInt(byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(number);
    number = 0n;
  }
  const [first = 0n, ...rest] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

const stringTags: Readonly<Record<number, BufferEncoding>> = {
  0x0c: 'utf8',
  0x13: 'latin1',
  0x14: 'latin1',
  0x16: 'latin1',
};

/** A string of any kind; those of two or four bytes a character included. */
export function readString({ tag, content }: DerValue): string {
  const bytes = Buffer.from(content);
  if (tag === 0x1e && bytes.length % 2 === 0) return Buffer.from(bytes).swap16().toString('utf16le');
  return bytes.toString(stringTags[tag] ?? 'utf8');
}

/** A UTCTime or GeneralizedTime in UTC (RFC 5280 §4.1.2.5). */
export function readTime({ tag, content }: DerValue): Date | undefined {
  const text = Buffer.from(content).toString('latin1');
  const digits = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  if (second === undefined) return undefined;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
