// DNS messages (RFC 1035 §4), as much as questions and updates (RFC 2136) need. Libraries of npm know neither class NONE,
// without which one value of a name cannot be removed, nor TSIG, nor where in the message a record began.
import { DnsFormatError } from './dns-format-error.ts';
import { decodeName, encodeName } from './dns-name.ts';

export const recordType = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, TSIG: 250 } as const;
export const recordClass = { IN: 1, NONE: 254, ANY: 255 } as const;
/** The bits of the header that say what is wanted. */
export const opcode = { query: 0x0000, update: 0x2800 } as const;
export const isAnswerFlag = 0x8000;
const headerBytes = 12;

/** A question; in an update, the zone. */
export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface ResourceRecord extends Question {
  readonly ttlSeconds: number;
  readonly data: Buffer;
}

/** A record with its place in the message: names in its data may point to elsewhere in it. */
export interface FoundRecord extends ResourceRecord {
  readonly start: number;
  readonly dataStart: number;
}

/** By the names of a question's answer; in an update they are zone, prerequisites, changes and additional records. */
export interface DnsMessage<R extends ResourceRecord = ResourceRecord> {
  readonly id: number;
  readonly flags: number;
  readonly questions: readonly Question[];
  readonly answers: readonly R[];
  readonly authorities: readonly R[];
  readonly additionals: readonly R[];
}

/** @throws {RangeError} A name or number that has no place in a message. */
export function encodeMessage(message: DnsMessage): Buffer {
  const sections = [message.questions, message.answers, message.authorities, message.additionals];
  const header = Buffer.alloc(headerBytes);
  [message.id, message.flags, ...sections.map(({ length }) => length)].forEach((field, index) => {
    header.writeUInt16BE(field, index * 2);
  });
  const records = [...message.answers, ...message.authorities, ...message.additionals];
  return Buffer.concat([header, ...message.questions.map(encodeQuestion), ...records.map(encodeRecord)]);
}

export function encodeRecord(record: ResourceRecord): Buffer {
  const fixed = Buffer.alloc(6);
  fixed.writeUInt32BE(record.ttlSeconds, 0);
  fixed.writeUInt16BE(record.data.length, 4);
  return Buffer.concat([encodeQuestion(record), fixed, record.data]);
}

function encodeQuestion({ name, type, class: recordsClass }: Question): Buffer {
  const fixed = Buffer.alloc(4);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(recordsClass, 2);
  return Buffer.concat([encodeName(name), fixed]);
}

/** @throws {DnsFormatError} It is not a whole message, or more than one. */
export function decodeMessage(message: Buffer): DnsMessage<FoundRecord> {
  if (message.length < headerBytes) throw new DnsFormatError('is too short');
  const field = (index: number): number => message.readUInt16BE(index * 2);
  let offset = headerBytes;
  /** As many as the header says: each takes some bytes, so that the message's end bounds them. */
  const take = <T>(count: number, decode: (start: number) => { item: T; end: number }): T[] =>
    Array.from({ length: count }, () => {
      const { item, end } = decode(offset);
      offset = end;
      return item;
    });
  const question = (start: number) => decodeQuestion(message, start);
  const record = (start: number) => decodeRecord(message, start);
  const decoded = {
    ...{ id: field(0), flags: field(1), questions: take(field(2), question) },
    ...{ answers: take(field(3), record), authorities: take(field(4), record), additionals: take(field(5), record) },
  };
  if (offset !== message.length) throw new DnsFormatError('has bytes after its end');
  return decoded;
}

function decodeQuestion(message: Buffer, start: number): { item: Question; end: number } {
  const { name, end } = decodeName(message, start);
  if (end + 4 > message.length) throw new DnsFormatError('ends in the middle of a record');
  return { item: { name, type: message.readUInt16BE(end), class: message.readUInt16BE(end + 2) }, end: end + 4 };
}

function decodeRecord(message: Buffer, start: number): { item: FoundRecord; end: number } {
  const { item: question, end } = decodeQuestion(message, start);
  const dataStart = end + 6;
  if (dataStart > message.length) throw new DnsFormatError('ends in the middle of a record');
  const dataEnd = dataStart + message.readUInt16BE(end + 4);
  if (dataEnd > message.length) throw new DnsFormatError('ends in the middle of a record');
  const data = message.subarray(dataStart, dataEnd);
  return { item: { ...question, ttlSeconds: message.readUInt32BE(end), data, start, dataStart }, end: dataEnd };
}
