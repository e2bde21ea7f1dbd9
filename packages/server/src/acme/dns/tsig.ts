// Signatures of DNS messages with a shared secret (RFC 8945).
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DnsFormatError } from './dns-format-error.ts';
import { decodeMessage, encodeRecord, type FoundRecord, recordClass, recordType } from './dns-message.ts';
import { decodeName, encodeName } from './dns-name.ts';
import { type TsigKey, tsigDigests } from './tsig-key.ts';

/** How far the clocks of both sides may be apart: what RFC 8945 §10 recommends. */
const fudgeSeconds = 300;
const additionalsField = 10;

/** What a TSIG record says (RFC 8945 §4.2). */
export interface Tsig {
  readonly keyName: string;
  readonly algorithm: string;
  readonly timeSeconds: number;
  readonly fudgeSeconds: number;
  readonly mac: Buffer;
  readonly originalId: number;
  /** 0: none; 16 BADSIG, 17 BADKEY, 18 BADTIME, 22 BADTRUNC. */
  readonly error: number;
  /** The server's time, with BADTIME. */
  readonly other: Buffer;
}

/** The message with its signature, and the signature alone, which that of the answer covers. */
export function signMessage(
  message: Buffer,
  key: TsigKey,
  { timeMs }: { timeMs: number },
): { signed: Buffer; mac: Buffer } {
  const unsigned = {
    ...{ keyName: key.name, algorithm: key.algorithm, timeSeconds: Math.floor(timeMs / 1000), fudgeSeconds },
    ...{ originalId: message.readUInt16BE(0), error: 0, other: Buffer.alloc(0) },
  };
  const mac = macOf([message, variablesOf(unsigned)], key);
  const signed = Buffer.concat([message, encodeTsig({ ...unsigned, mac })]);
  signed.writeUInt16BE(signed.readUInt16BE(additionalsField) + 1, additionalsField);
  return { signed, mac };
}

/** What `verifyAnswer` found; only what is `verified` is the server's word. */
export type Verified =
  | { readonly verified: true; readonly tsig: Tsig }
  | { readonly verified: false; readonly tsig?: Tsig };

/**
 * Whether an answer is that of the holder of the key to this question. Answers to a key or signature that the server does
 * not take are not signed (RFC 8945 §5.3.2); an answer out of time is not verified either.
 *
 * @throws {DnsFormatError} Its TSIG record is malformed or not in its place.
 */
export function verifyAnswer(
  answer: Buffer,
  key: TsigKey,
  { questionMac, timeMs }: { questionMac: Buffer; timeMs: number },
): Verified {
  const record = tsigRecordOf(answer);
  if (!record) return { verified: false };
  const tsig = decodeTsig(answer, record);
  if (tsig.keyName !== key.name || tsig.algorithm !== key.algorithm) return { verified: false, tsig };
  const bare = Buffer.from(answer.subarray(0, record.start));
  bare.writeUInt16BE(tsig.originalId, 0);
  bare.writeUInt16BE(bare.readUInt16BE(additionalsField) - 1, additionalsField);
  const expected = macOf([uint16(questionMac.length), questionMac, bare, variablesOf(tsig)], key);
  // A shortened one (RFC 8945 §5.2.2.1) is not taken: we never asked for it.
  if (expected.length !== tsig.mac.length || !timingSafeEqual(expected, tsig.mac)) return { verified: false, tsig };
  const isInTime = Math.abs(timeMs / 1000 - tsig.timeSeconds) <= Math.min(tsig.fudgeSeconds, fudgeSeconds);
  return isInTime ? { verified: true, tsig } : { verified: false, tsig };
}

/** The last of the additional records (RFC 8945 §5.1). */
function tsigRecordOf(answer: Buffer): FoundRecord | undefined {
  const { answers, authorities, additionals } = decodeMessage(answer);
  const all = [...answers, ...authorities, ...additionals];
  const found = all.filter(({ type }) => type === recordType.TSIG);
  if (found.length === 0) return undefined;
  const [first] = found;
  if (found.length > 1 || first !== additionals.at(-1)) throw new DnsFormatError('has a signature out of place');
  // The signature covers what these must be, not what they are.
  if (first?.class !== recordClass.ANY || first.ttlSeconds !== 0) throw new DnsFormatError('has a malformed signature');
  return first;
}

function macOf(parts: readonly Buffer[], key: TsigKey): Buffer {
  const hmac = createHmac(tsigDigests[key.algorithm], key.secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

type Variables = Omit<Tsig, 'mac'>;

/** RFC 8945 §4.3.3. */
function variablesOf(tsig: Variables): Buffer {
  return Buffer.concat([
    encodeName(tsig.keyName),
    uint16(recordClass.ANY),
    Buffer.alloc(4),
    encodeName(tsig.algorithm),
    timeOf(tsig),
    uint16(tsig.error),
    uint16(tsig.other.length),
    tsig.other,
  ]);
}

function encodeTsig(tsig: Tsig): Buffer {
  const data = Buffer.concat([
    encodeName(tsig.algorithm),
    timeOf(tsig),
    uint16(tsig.mac.length),
    tsig.mac,
    uint16(tsig.originalId),
    uint16(tsig.error),
    uint16(tsig.other.length),
    tsig.other,
  ]);
  return encodeRecord({ name: tsig.keyName, type: recordType.TSIG, class: recordClass.ANY, ttlSeconds: 0, data });
}

function decodeTsig(message: Buffer, { name, data, dataStart }: FoundRecord): Tsig {
  const { name: algorithm, end } = decodeName(message, dataStart);
  const at = end - dataStart;
  try {
    const macEnd = at + 10 + data.readUInt16BE(at + 8);
    const otherStart = macEnd + 6;
    const other = data.subarray(otherStart);
    const mac = data.subarray(at + 10, macEnd);
    if (other.length !== data.readUInt16BE(macEnd + 4)) throw new RangeError('other data');
    return {
      ...{ keyName: name, algorithm, timeSeconds: data.readUIntBE(at, 6), fudgeSeconds: data.readUInt16BE(at + 6) },
      ...{ mac, originalId: data.readUInt16BE(macEnd), error: data.readUInt16BE(macEnd + 2), other },
    };
  } catch (cause) {
    throw new DnsFormatError('has a malformed signature', { cause });
  }
}

function timeOf({ timeSeconds, fudgeSeconds: fudge }: Pick<Tsig, 'timeSeconds' | 'fudgeSeconds'>): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntBE(timeSeconds, 0, 6);
  bytes.writeUInt16BE(fudge, 6);
  return bytes;
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
