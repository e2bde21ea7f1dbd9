import { describe, expect, it } from 'vitest';
import { RawPeer } from '../mux/raw-peer.testkit.ts';
import { type ProxyHeader, streamTypes } from '../protocol.ts';
import { encodeProxyHeader, readProxyHeader } from './proxied-connection.ts';

const header: ProxyHeader = {
  Id: 'bd_1',
  ClientAddr: '[2001:db8::1]:51234',
  Proto: 'https',
  EdgeType: '0',
  PassthroughTLS: false,
};

function head(json: string, length = BigInt(Buffer.byteLength(json))): Buffer {
  const bytes = Buffer.alloc(8 + Buffer.byteLength(json));
  bytes.writeBigInt64LE(length);
  bytes.write(json, 8);
  return bytes;
}

async function read(bytes: Buffer) {
  const peer = new RawPeer('client');
  const stream = await peer.open(2, streamTypes.proxy);
  const reading = readProxyHeader(stream);
  reading.catch(() => {}); // It may fail before the test looks.
  await peer.send((frames) => frames.data(2, 0, bytes));
  return { peer, stream, reading };
}

describe('encodeProxyHeader()', () => {
  it('writes the length little-endian, then all five keys', () => {
    expect(encodeProxyHeader(header)).toEqual(head(JSON.stringify(header)));
  });
});

describe('readProxyHeader()', () => {
  it('reads what encodeProxyHeader() writes, grants it at once, and leaves the connection bytes', async () => {
    const bytes = encodeProxyHeader(header);
    const { peer, stream, reading } = await read(Buffer.concat([bytes, Buffer.from('GET /')]));
    expect(await reading).toEqual(header);
    expect(await peer.lines()).toEqual([`WNDINC 2 ${4 + bytes.length}`]);
    const rest: Buffer[] = [];
    stream.on('data', (piece: Buffer) => rest.push(piece));
    await peer.send((frames) => frames.data(2, 0, Buffer.from(' HTTP/1.1')));
    expect(String(Buffer.concat(rest))).toBe('GET / HTTP/1.1');
  });

  it('reads a head that comes byte by byte', async () => {
    const peer = new RawPeer('client');
    const reading = readProxyHeader(await peer.open(2, streamTypes.proxy));
    for (const byte of encodeProxyHeader(header)) {
      await peer.send((frames) => frames.data(2, 0, Buffer.from([byte])));
    }
    expect(await reading).toEqual(header);
  });

  it('keeps nothing of a head that comes byte by byte in the stream, where each byte would be a buffer of its own', async () => {
    const peer = new RawPeer('client');
    const stream = await peer.open(2, streamTypes.proxy);
    const reading = readProxyHeader(stream);
    const bytes = encodeProxyHeader(header);
    for (const byte of bytes.subarray(0, -1)) {
      await peer.send((frames) => frames.data(2, 0, Buffer.from([byte])));
      expect(stream.readableLength).toBe(0);
    }
    await peer.send((frames) => frames.data(2, 0, bytes.subarray(-1)));
    expect(await reading).toEqual(header);
  });

  it.each([
    { what: 'a length of 0', bytes: head('{}', 0n), error: 'its length is 0' },
    { what: 'a negative length', bytes: head('{}', -2n), error: 'its length is -2' },
    { what: 'a huge length', bytes: head('{}', 1n << 40n), error: 'its length is 1099511627776' },
    { what: 'broken JSON', bytes: head('{"Id":secret}'), error: 'not valid JSON' },
    {
      what: 'a missing key',
      bytes: head(JSON.stringify({ ...header, Id: undefined })),
      error: '"Id": Invalid input: expected string, received undefined',
    },
    {
      what: 'EdgeType as a number',
      bytes: head(JSON.stringify({ ...header, EdgeType: 0 })),
      error: '"EdgeType": Invalid input: expected string, received number',
    },
  ])('refuses $what with 9400', async ({ bytes, error }) => {
    const { reading } = await read(bytes);
    await expect(reading).rejects.toMatchObject({ code: 9400, message: expect.stringContaining(error) });
  });

  it('fails with 9005 when the stream ends in the head', async () => {
    const { peer, reading } = await read(encodeProxyHeader(header).subarray(0, 20) as Buffer);
    await peer.send((frames) => frames.fin(2));
    await expect(reading).rejects.toMatchObject({ code: 9005 });
  });
});
