import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { encodeProxyProtocol } from './encode-proxy-protocol.ts';
import { takeProxyHeader } from './take-proxy-header.ts';

const ends = { clientIp: '192.0.2.7', clientPort: 51234, serverIp: '192.0.2.1', serverPort: 443 };

test.each([1, 2] as const)(
  'takeProxyHeader() takes version %i, in whatever pieces, and no byte behind it',
  async (version) => {
    const header = encodeProxyProtocol(version, ends);
    const all = Buffer.concat([header, Buffer.from('hello')]);
    for (let cut = 0; cut <= all.length; cut++) {
      const [near, far] = duplexPair();
      const taken = takeProxyHeader(near, 1024);
      far.write(all.subarray(0, cut));
      far.end(all.subarray(cut));
      expect(await taken).toEqual({ status: 'complete', header, ends });
      expect(await text(near)).toBe('hello');
    }
  },
);

test('takeProxyHeader() takes what came before it was called', async () => {
  const [near, far] = duplexPair();
  far.write(encodeProxyProtocol(1, ends));
  expect(await takeProxyHeader(near, 1024)).toMatchObject({ status: 'complete', ends });
});

test.each([
  ['other bytes', 'GET / HTTP/1.1\r\n', 'invalid'],
  ['an end within it', 'PROXY TCP4', 'gone'],
  ['nothing', '', 'gone'],
])('takeProxyHeader() of %s', async (_what, bytes, status) => {
  const [near, far] = duplexPair();
  far.end(bytes);
  expect(await takeProxyHeader(near, 1024)).toEqual({ status });
});

test('takeProxyHeader() is over when the stream is destroyed', async () => {
  const [near] = duplexPair();
  const taken = takeProxyHeader(near, 1024);
  near.destroy();
  expect(await taken).toEqual({ status: 'gone' });
  expect([near.listenerCount('readable'), near.listenerCount('end')]).toEqual([0, 0]);
});

test('takeProxyHeader() refuses a header over its bound', async () => {
  const [near, far] = duplexPair();
  far.write(encodeProxyProtocol(2, ends));
  expect(await takeProxyHeader(near, 20)).toEqual({ status: 'invalid' });
});
