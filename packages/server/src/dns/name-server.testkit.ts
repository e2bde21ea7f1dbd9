// A name server on loopback that knows TXT records only (RFC 1035): enough of the real protocol to be asked by real resolvers.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface TestNameServer {
  /** `ip:port`. */
  readonly address: string;
  /** By name; each text in parts. A name without an entry does not exist; null: never answered. */
  readonly records: Map<string, readonly (readonly string[])[] | null>;
  close(): Promise<void>;
}

export async function startNameServer(): Promise<TestNameServer> {
  const socket = createSocket('udp4');
  const records: TestNameServer['records'] = new Map();
  socket.on('message', (query, { port, address }) => {
    const found = records.get(nameIn(query));
    if (found !== null) socket.send(answerTo(query, found), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    records,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

const headerBytes = 12;

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = headerBytes; query[at]; at += (query[at] ?? 0) + 1) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  }
  return labels.join('.').toLowerCase();
}

function answerTo(query: Buffer, texts: readonly (readonly string[])[] | undefined): Buffer {
  const questionEnd = query.indexOf(0, headerBytes) + 5;
  const header = Buffer.from(query.subarray(0, headerBytes));
  // Answer, recursion available; name error when there is no such name.
  header.writeUInt16BE(0x8180 | (texts ? 0 : 3), 2);
  header.writeUInt16BE(texts?.length ?? 0, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(headerBytes, questionEnd), ...(texts ?? []).map(recordOf)]);
}

/** For the name that was asked about, of class IN, kept for no time. */
function recordOf(parts: readonly string[]): Buffer {
  const data = Buffer.concat(
    parts.map((part) => Buffer.concat([Buffer.of(Buffer.byteLength(part)), Buffer.from(part)])),
  );
  const fixed = Buffer.from('c00c0010000100000000', 'hex');
  return Buffer.concat([fixed, Buffer.of(data.length >> 8, data.length & 0xff), data]);
}
