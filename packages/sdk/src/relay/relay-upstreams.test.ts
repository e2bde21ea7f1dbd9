import { text } from 'node:stream/consumers';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { encodeProxyProtocol, errorCodes } from '@adit/wire';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { ForwardOptions } from '../forward/forward-options.ts';
import { makeTestCertificate, type TestCertificate } from '../test-ca.testkit.ts';
import { openForward, portOf, resetOf, serve, unusedPort } from './relay-session.testkit.ts';

let certificate: TestCertificate;
let foreignCa: string;
beforeAll(async () => {
  certificate = await makeTestCertificate();
  foreignCa = (await makeTestCertificate()).caPem;
});

/** Echoes over TLS; says what it saw of the handshake. */
async function serveTlsEcho(sockets: TLSSocket[] = []): Promise<number> {
  const { cert, key } = certificate;
  const ALPNCallback = ({ protocols }: { protocols: string[] }) => protocols[0];
  const service = createTlsServer({ cert, key, allowHalfOpen: true, ALPNCallback }, (socket) => {
    sockets.push(socket);
    socket.pipe(socket);
  });
  return await portOf(service);
}

async function echoed(options: ForwardOptions): Promise<string> {
  const { visit } = await openForward(options);
  const stream = visit();
  stream.end('hello');
  return await text(stream);
}

test('a tcp upstream gets the bytes of a tcp endpoint as they are', async () => {
  const port = await serve((socket) => void socket.pipe(socket));
  expect(await echoed({ upstream: `tcp://127.0.0.1:${port}`, url: 'tcp://' })).toBe('hello');
});

test('a tls upstream gets TLS around them, and is offered no protocol that it may not know', async () => {
  const sockets: TLSSocket[] = [];
  const port = await serveTlsEcho(sockets);
  expect(await echoed({ upstream: `tls://localhost:${port}`, url: 'tcp://' })).toBe('hello');
  expect(sockets.map(({ alpnProtocol }) => alpnProtocol)).toEqual([false]);
});

test('on a tls endpoint the TLS of the visitor passes on, without another around it', async () => {
  const seen = Promise.withResolvers<Buffer>();
  const port = await serve((socket) => void socket.once('data', seen.resolve));
  const { visit } = await openForward({ upstream: `https://127.0.0.1:${port}`, url: 'tls://app.localhost' });
  visit().write('\x16\x03\x01 a ClientHello');
  expect((await seen.promise).toString('latin1')).toBe('\x16\x03\x01 a ClientHello');
});

describe('the certificate of a TLS upstream', () => {
  const { upstreamTls } = errorCodes;
  it.each<[string, () => ForwardOptions['upstreamVerify'], number | null]>([
    ['is not looked at on loopback by default', () => undefined, null],
    ['must be good when asked for', () => true, upstreamTls],
    ['is good by a CA of its own', () => ({ caPem: certificate.caPem }), null],
    ['is not good by any other CA', () => ({ caPem: foreignCa }), upstreamTls],
    ['is not looked at when told so', () => false, null],
  ])('%s', async (_, upstreamVerify, reset) => {
    const port = await serveTlsEcho();
    for (const scheme of ['https', 'tls']) {
      const { visit } = await openForward({
        upstream: `${scheme}://localhost:${port}`,
        upstreamVerify: upstreamVerify(),
      });
      const stream = visit();
      if (reset === null) {
        stream.end('hello');
        expect(await text(stream)).toBe('hello');
      } else expect(await resetOf(stream)).toBe(reset);
    }
  });

  it('must name the host', async () => {
    const port = await serveTlsEcho();
    const upstreamVerify = { caPem: certificate.caPem };
    const { visit } = await openForward({ upstream: `https://other.localhost:${port}`, upstreamVerify });
    expect(await resetOf(visit())).toBe(upstreamTls);
  });

  it('is not checked against what is no certificate', async () => {
    const { session } = await openForward({ upstream: '3000' });
    const options = { upstream: 'https://localhost', upstreamVerify: { caPem: 'nonsense' } };
    await expect(session.forward(options)).rejects.toMatchObject({ code: 9201 });
  });
});

test.each(['tcp', 'tls'])(
  'a server without reset codes is told by an end alone that the service of a %s endpoint refused',
  async (scheme) => {
    const { visit, events } = await openForward(
      { upstream: `${unusedPort}`, url: `${scheme}://` },
      { speaksAdit: false },
    );
    const stream = visit();
    expect(await text(stream)).toBe('');
    stream.end();
    await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: { code: 8012 } });
  },
);

describe('the PROXY header of the server', () => {
  const ends = { clientIp: '192.0.2.7', clientPort: 51_234, serverIp: '198.51.100.1', serverPort: 443 };
  const v1 = encodeProxyProtocol(1, ends);
  const v2 = encodeProxyProtocol(2, ends);

  it.each([
    [1, v1],
    [2, v2],
  ] as const)('in version %i is the first that a plain upstream gets', async (proxyProtocol, header) => {
    const port = await serve((socket) => void socket.pipe(socket));
    const { visit } = await openForward({ upstream: `${port}`, proxyProtocol });
    const stream = visit();
    stream.write(header);
    stream.end('hello');
    expect(await text(stream)).toBe(`${header.toString('utf8')}hello`);
  });

  it.each([
    [1, v1],
    [2, v2],
  ] as const)(
    'in version %i goes before our TLS to an upstream, however it comes in',
    async (proxyProtocol, header) => {
      const { cert, key } = certificate;
      const echo = createTlsServer({ cert, key, allowHalfOpen: true }, (socket) => void socket.pipe(socket));
      const first = Promise.withResolvers<Buffer>();
      const port = await serve((socket) => {
        socket.once('readable', () => {
          first.resolve(socket.read(header.length) as Buffer);
          echo.emit('connection', socket);
        });
      });
      const { visit } = await openForward({ upstream: `tls://localhost:${port}`, proxyProtocol });
      const stream = visit();
      for (const byte of header) stream.write(Buffer.of(byte));
      stream.end('hello');
      expect((await first.promise).toString('hex')).toBe(header.toString('hex'));
      expect(await text(stream)).toBe('hello');
    },
  );

  it.each([
    ['is missing', 'GET / HTTP/1.1\r\n\r\n'],
    ['does not end', Buffer.concat([v2.subarray(0, 14), Buffer.from('ffff', 'hex')])],
  ])('is waited for: where it %s, the upstream of TLS gets nothing', async (_, bytes) => {
    let connections = 0;
    const port = await serve(() => ++connections);
    const { visit, events } = await openForward({ upstream: `tls://localhost:${port}`, proxyProtocol: 2 });
    const stream = visit();
    stream.resume().write(bytes);
    await expect.poll(() => events.at(-1)).toMatchObject({ state: 'closed', error: null });
    expect(connections).toBe(0);
  });

  it('of a refused upstream of TLS is told like any other', async () => {
    const { visit } = await openForward({ upstream: `tls://localhost:${unusedPort}`, proxyProtocol: 1 });
    const stream = visit();
    stream.write(v1);
    expect(await resetOf(stream)).toBe(errorCodes.upstreamRefused);
  });
});
