// Names as DNS messages have them (RFC 1035 §3.1, §4.1.4). As text they are lower case and without a dot at the end; the
// root is "".
import { DnsFormatError } from './dns-format-error.ts';

const maxLabelBytes = 63;
const maxNameBytes = 255;
/** No honest name needs more: every pointer stands for at least one label. */
const maxPointers = 127;
const plainLabel = /^[a-z0-9_*/-]{1,63}$/;

/** Whether it is a name that can be put into a message. */
export function isDnsName(name: string): boolean {
  const labels = labelsOf(name);
  return labels.every((label) => plainLabel.test(label)) && labels.join('.').length + 2 <= maxNameBytes;
}

/** Without compression, as updates and signatures want it. @throws {RangeError} It is not a name that we can write. */
export function encodeName(name: string): Buffer {
  if (!isDnsName(name)) throw new RangeError(`"${name}" is not a DNS name`);
  const labels = labelsOf(name).map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

/**
 * The name at that offset, and where what follows it begins. Bytes that are not plain text are shown as `\DDD`, so that two
 * names are the same exactly when their texts are.
 *
 * @throws {DnsFormatError} It ends in the middle, is too long, or its pointers do not lead back.
 */
export function decodeName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  let offset = start;
  let bytes = 1;
  for (let pointers = 0; pointers <= maxPointers; ) {
    const length = byteAt(message, offset);
    if (length === 0) return { name: labels.join('.'), end: end ?? offset + 1 };
    if (length <= maxLabelBytes) {
      bytes += length + 1;
      if (bytes > maxNameBytes) throw new DnsFormatError('has a name that is too long');
      labels.push(labelAt(message, offset + 1, length));
      offset += length + 1;
      continue;
    }
    const target = ((length & 0x3f) << 8) | byteAt(message, offset + 1);
    // Only backwards, so that no name leads to itself.
    if (length < 0xc0 || target >= offset) throw new DnsFormatError('has a name that leads nowhere');
    end ??= offset + 2;
    offset = target;
    pointers++;
  }
  throw new DnsFormatError('has a name of too many parts');
}

function labelsOf(name: string): string[] {
  return name === '' ? [] : name.split('.');
}

function byteAt(message: Buffer, offset: number): number {
  const byte = message[offset];
  if (byte === undefined) throw new DnsFormatError('ends in the middle of a name');
  return byte;
}

function labelAt(message: Buffer, start: number, length: number): string {
  if (start + length > message.length) throw new DnsFormatError('ends in the middle of a name');
  const text = message.toString('latin1', start, start + length).toLowerCase();
  return text.replace(/[^a-z0-9_*/-]/g, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`);
}
