import { readdirSync, readFileSync } from 'node:fs';

const corpusDir = new URL('./proxy-corpus/', import.meta.url);

/** PROXY headers as load balancers send them, by file name without `.hex`. */
export const proxyHeaders: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(corpusDir).map((file) => {
    const hex = readFileSync(new URL(file, corpusDir), 'utf8').replace(/\s/g, '');
    return [file.replace(/\.hex$/, ''), Buffer.from(hex, 'hex')];
  }),
);

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** A header of version 2. `length`: what it says of its content, where that is to be wrong. */
export function binaryHeader(
  [command, family]: readonly [number, number],
  content: Buffer = Buffer.alloc(0),
  length: number = content.length,
): Buffer {
  return Buffer.concat([signature, Buffer.from([command, family, length >> 8, length & 255]), content]);
}

/** One of the values behind the addresses. */
export function typedValue(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, content.length >> 8, content.length & 255]), content]);
}

/** 203.0.113.9:51234 to 192.0.2.1:443. */
export const ipv4Addresses: Buffer = Buffer.from('cb007109c0000201c82201bb', 'hex');
