import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  corpus,
  fragmentsOf,
  helloBody,
  message,
  records,
  type ShownProgress,
  serverNameExtension,
  type shownHello,
  shownProgress,
} from './client-hello.testkit.ts';
import { ClientHelloReader, type HelloProgress } from './client-hello-reader.ts';

const maxBytes = 65_536;
const whole = records(message(helloBody([serverNameExtension('a.localhost')])));
const readWhole: ShownProgress = {
  status: 'complete',
  hello: { serverName: 'a.localhost', alpnProtocols: [], ja4: 't12d010100_0f2cb44170f4_000000000000' },
};
const invalid: ShownProgress = { status: 'invalid', looksLike: 'unknown' };

function read(...chunks: Uint8Array[]): ShownProgress {
  const reader = new ClientHelloReader(maxBytes);
  let progress: HelloProgress = { status: 'incomplete' };
  for (const chunk of chunks) progress = reader.push(chunk);
  return shownProgress(progress);
}

const clients: [string, ReturnType<typeof shownHello>][] = [
  [
    'openssl-3.0-tls13',
    {
      serverName: 'amber-fox.localhost',
      alpnProtocols: ['h2', 'http/1.1'],
      ja4: 't13d3111h2_e8f1e7e78f70_1f22a2ca17c4',
    },
  ],
  [
    'openssl-3.0-tls12-no-alpn',
    { serverName: 'connect.localhost', alpnProtocols: [], ja4: 't12d280700_d943125447b4_e7e480e5a997' },
  ],
  ['openssl-3.0-no-server-name', { serverName: null, alpnProtocols: [], ja4: 't13i310900_e8f1e7e78f70_1f22a2ca17c4' }],
  [
    'curl-7.88',
    { serverName: 'curl.localhost', alpnProtocols: ['h2', 'http/1.1'], ja4: 't13d3112h2_e8f1e7e78f70_b26ce05bbdd6' },
  ],
  [
    'node-24-hybrid-key-share',
    { serverName: 'node.localhost', alpnProtocols: ['adit/1'], ja4: 't13d5212a1_b262b3658495_8e6e362c5eac' },
  ],
  ['ngrok-javascript-1.7', { serverName: 'localhost', alpnProtocols: [], ja4: 't13d101000_61a7ad8aa9b6_f9531d972513' }],
];

test('the table of clients covers the corpus', () => {
  expect(clients.map(([name]) => name).toSorted()).toEqual([...corpus.keys()].toSorted());
});

describe.each(clients)('the hello of %s', (name, hello) => {
  const bytes = corpus.get(name) ?? Buffer.alloc(0);
  const complete = { status: 'complete', hello };

  test('is read whole', () => {
    expect(read(bytes)).toEqual(complete);
  });

  test('is read alike wherever it is split', () => {
    for (let at = 1; at < bytes.length; at++) {
      const reader = new ClientHelloReader(maxBytes);
      expect(reader.push(bytes.subarray(0, at)).status).toBe('incomplete');
      expect(shownProgress(reader.push(bytes.subarray(at)))).toEqual(complete);
    }
  });

  test('is read alike byte by byte, and is given back unchanged', () => {
    const reader = new ClientHelloReader(maxBytes);
    const statuses = Array.from(bytes, (byte) => reader.push(Uint8Array.of(byte)).status);
    expect(statuses.indexOf('complete')).toBe(bytes.length - 1);
    expect(reader.received.equals(bytes)).toBe(true);
  });

  test.each([1, 2, 3, 4, 5, 100])('is read alike in records of %d bytes', (fragmentBytes) => {
    expect(read(records(fragmentsOf(bytes), fragmentBytes))).toEqual(complete);
  });

  test('with one byte changed neither throws nor waits for more than it announces', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(read(changed, Buffer.alloc(maxBytes)).status).not.toBe('incomplete');
      }),
    );
  });
});

test('the hello with the hybrid key share does not fit one packet', () => {
  expect(corpus.get('node-24-hybrid-key-share')?.length).toBeGreaterThan(1_460);
});

test.each<[string, Uint8Array, ShownProgress]>([
  ['a plain HTTP request', Buffer.from('GET / HTTP/1.1\r\n'), { status: 'invalid', looksLike: 'http' }],
  ['the first letter of one', Buffer.from('P'), { status: 'invalid', looksLike: 'http' }],
  ['an SSL 2 hello', Buffer.from('802e0103010015000000100100800300800600403a00', 'hex'), invalid],
  ['an SSH greeting', Buffer.from('ssh-2.0'), invalid],
  ['a TLS alert', Buffer.from('15030100020228', 'hex'), invalid],
  ['a record of another protocol version', Buffer.from('1602', 'hex'), invalid],
  ['an empty record', Buffer.from('1603010000', 'hex'), invalid],
  ['a record over 16 KiB', Buffer.from('1603014001', 'hex'), invalid],
  ['another handshake message', records(message(helloBody([]), 2)), invalid],
  ['a message over the bound', Buffer.from('16030100040100fffd', 'hex'), invalid],
  ['bytes after the hello in its record', records(Buffer.concat([fragmentsOf(whole), Buffer.alloc(1)])), invalid],
  ['a hello and the next record', Buffer.concat([whole, Buffer.from('140303000101', 'hex')]), readWhole],
  ['nothing', Buffer.alloc(0), { status: 'incomplete' }],
  ['a record header', whole.subarray(0, 5), { status: 'incomplete' }],
  ['all but the last byte', whole.subarray(0, -1), { status: 'incomplete' }],
])('ClientHelloReader answers to %s', (_title, bytes, expected) => {
  expect(read(bytes)).toEqual(expected);
});

test('ClientHelloReader gives up at its bound, record headers included', () => {
  const oneByteRecords = records(message(Buffer.alloc(30_000)), 1);
  const reader = new ClientHelloReader(maxBytes);
  expect(reader.push(oneByteRecords.subarray(0, maxBytes - 1)).status).toBe('incomplete');
  expect(reader.push(oneByteRecords.subarray(maxBytes - 1, maxBytes))).toEqual(invalid);
});

test('ClientHelloReader reads a hello that fills its bound', () => {
  const reader = new ClientHelloReader(whole.length);
  expect(shownProgress(reader.push(whole))).toEqual(readWhole);
  expect(new ClientHelloReader(whole.length - 1).push(whole)).toEqual(invalid);
});

test('ClientHelloReader keeps its answer and still gives everything back', () => {
  const reader = new ClientHelloReader(maxBytes);
  reader.push(whole);
  expect(shownProgress(reader.push(Buffer.from('early data')))).toEqual(readWhole);
  expect(reader.received.toString('latin1').endsWith('early data')).toBe(true);
});

test('ClientHelloReader answers alike for any bytes in any pieces', () => {
  const input = fc.record({ prefix: fc.constantFrom(0, 1, 5, 9, 40), noise: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(
    fc.property(input, fc.integer({ min: 1, max: 50 }), ({ prefix, noise }, pieceBytes) => {
      const bytes = Buffer.concat([whole.subarray(0, prefix), noise]);
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
      expect(read(...pieces)).toEqual(read(bytes));
    }),
  );
});
