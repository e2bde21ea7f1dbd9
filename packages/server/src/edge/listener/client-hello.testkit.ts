import { readdirSync, readFileSync } from 'node:fs';
import type { WholeHello } from './client-hello.ts';
import type { HelloProgress } from './client-hello-reader.ts';

const corpusDir = new URL('./corpus/', import.meta.url);

/** The first bytes that real clients sent, by file name without `.hex`. */
export const corpus: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(corpusDir).map((file) => {
    const hex = readFileSync(new URL(file, corpusDir), 'utf8').replace(/\s/g, '');
    return [file.replace(/\.hex$/, ''), Buffer.from(hex, 'hex')];
  }),
);

export function vector(lengthSize: 1 | 2 | 3, content: Buffer): Buffer {
  const length = Buffer.alloc(lengthSize);
  length.writeUIntBE(content.length, 0, lengthSize);
  return Buffer.concat([length, content]);
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([uint16(type), vector(2, content)]);
}

export function serverNameExtension(...names: string[]): Buffer {
  const entries = names.map((name) => Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(name, 'latin1'))]));
  return extension(0, vector(2, Buffer.concat(entries)));
}

export function alpnExtension(...protocols: string[]): Buffer {
  return extension(16, vector(2, Buffer.concat(protocols.map((name) => vector(1, Buffer.from(name, 'latin1'))))));
}

/** The body of a ClientHello. `extensions: null` leaves the whole block out, as TLS 1.2 clients may. */
export function helloBody(
  extensions: Buffer[] | null,
  { version = 0x0303, ciphers = Buffer.from([0x13, 0x01]) }: { version?: number; ciphers?: Buffer } = {},
): Buffer {
  return Buffer.concat([
    uint16(version),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 8)),
    vector(2, ciphers),
    vector(1, Buffer.from([0])),
    ...(extensions === null ? [] : [vector(2, Buffer.concat(extensions))]),
  ]);
}

/** A handshake message. */
export function message(body: Buffer, type = 1): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(3, body)]);
}

/** Handshake records that carry these bytes, each fragment at most so long. */
export function records(bytes: Buffer, fragmentBytes = 16_384): Buffer {
  const parts: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += fragmentBytes) {
    const fragment = bytes.subarray(offset, offset + fragmentBytes);
    parts.push(Buffer.from([22, 3, 1]), vector(2, fragment));
  }
  return Buffer.concat(parts);
}

/** The handshake bytes inside whole records. */
export function fragmentsOf(bytes: Buffer): Buffer {
  const fragments: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const length = bytes.readUInt16BE(offset + 3);
    fragments.push(bytes.subarray(offset + 5, offset + 5 + length));
    offset += 5 + length;
  }
  return Buffer.concat(fragments);
}

/** As `HelloProgress`, with nothing in it that is worked out later. */
export type ShownProgress =
  | Exclude<HelloProgress, { status: 'complete' }>
  | { readonly status: 'complete'; readonly hello: ReturnType<typeof shownHello> };

/** Everything that was read of a hello, to be compared. */
export function shownHello({ serverName, alpnProtocols, fingerprint }: WholeHello) {
  return { serverName, alpnProtocols, ja4: fingerprint.ja4 };
}

export function shownProgress(progress: HelloProgress): ShownProgress {
  return progress.status === 'complete' ? { ...progress, hello: shownHello(progress.hello) } : progress;
}
