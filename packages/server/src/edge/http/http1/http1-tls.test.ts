// The same over TLS sockets, which write, pause and end in their own way.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import {
  accepted,
  answerHead,
  answerWith,
  turns,
  until,
  type Visit,
  type VisitOptions,
} from './codec-owner.testkit.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const upgrade = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n';

// A key that both sides know spares these tests a certificate.
const psk = Buffer.alloc(32, 7);
const ciphers = 'PSK+HIGH';

/** A visitor over TLS. Whether ours is half-open is up to the TCP socket below it. */
async function visitOverTls(options: VisitOptions & { allowHalfOpen?: boolean } = {}): Promise<Visit> {
  const tlsServer = tls.createServer({ ciphers, pskCallback: () => psk });
  const server = net.createServer({ allowHalfOpen: options.allowHalfOpen ?? false, noDelay: true }, (socket) =>
    tlsServer.emit('connection', socket),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepting = new Promise<TLSSocket>((resolve) => tlsServer.once('secureConnection', resolve));
  const tcp = net.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const visitor = tls.connect({
    ...{ socket: tcp, ciphers, pskCallback: () => ({ psk, identity: 'visitor' }) },
    checkServerIdentity: () => undefined,
  });
  const stream = await accepting;
  onTestFinished(() => {
    visitor.destroy();
    stream.destroy();
    server.close();
  });
  return accepted(visitor, stream, options);
}

test('requests are answered one after the other, each in one write', async () => {
  const { owner, received, visitor, writes } = await visitOverTls({
    onExchange: ({ exchange }) => answerWith(exchange, exchange.target),
  });
  visitor.write(get + get.replace('/', '/2'));
  await until(() => received().endsWith('/2'));
  visitor.write(get.replace('/', '/3'));
  await until(() => received().endsWith('/3'));
  await until(() => owner.seen[2]?.closes.length === 1);
  expect(owner.seen.map(({ closes }) => closes)).toEqual([[true], [true], [true]]);
  expect(writes).toHaveLength(3);
});

test('a large answer arrives whole, however often it had to wait', async () => {
  const { owner, received, visitor } = await visitOverTls();
  visitor.write(get);
  await until(() => owner.seen.length === 1);
  const seen = owner.seen[0]!;
  seen.exchange.answer(answerHead());
  const piece = Buffer.alloc(50_000, 'x');
  for (let sent = 0, drains = 0; sent < 100; sent++) {
    if (seen.exchange.write(piece)) continue;
    drains++;
    await until(() => seen.drains === drains);
  }
  seen.exchange.end([]);
  await until(() => received().endsWith('0\r\n\r\n'));
  expect(received().replaceAll(/[^x]/g, '').length).toBeGreaterThanOrEqual(5_000_000);
  expect(seen.drains).toBeGreaterThan(1);
});

test('a visitor who ends his side still gets his answer if the socket is half-open', async () => {
  const { owner, received, visitor } = await visitOverTls({ allowHalfOpen: true });
  visitor.end(get);
  await until(() => owner.seen.length === 1);
  await turns(30);
  answerWith(owner.seen[0]!.exchange, 'late');
  await until(() => owner.closes === 1);
  expect(received()).toMatch(/late$/);
  expect(owner.seen[0]?.closes).toEqual([true]);
});

test('a visitor who ends his side is gone if it is not', async () => {
  const { owner, visitor } = await visitOverTls();
  visitor.end(get);
  await until(() => owner.closes === 1);
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('an answer that is whole leaves behind the end of the visitor', async () => {
  const { owner, received, visitor } = await visitOverTls({
    onExchange: ({ exchange }) => answerWith(exchange, 'x'.repeat(10_000)),
  });
  visitor.end(get);
  await until(() => owner.closes === 1);
  expect(owner.seen[0]?.closes).toEqual([true]);
  await until(() => received().endsWith('xx'));
});

test('abort() closes the connection', async () => {
  const { owner, visitor } = await visitOverTls();
  visitor.write(get);
  await until(() => owner.seen.length === 1);
  owner.seen[0]?.exchange.answer(answerHead());
  owner.seen[0]?.exchange.abort();
  await until(() => owner.closes === 1 && (visitor.readableEnded || visitor.destroyed));
  expect(owner.seen[0]?.closes).toEqual([false]);
});

test('an upgrade hands over what came early, and both directions after it', async () => {
  const { owner, received, visitor } = await visitOverTls({ allowHalfOpen: true });
  visitor.write(`${upgrade}early `);
  await until(() => owner.seen.length === 1);
  visitor.write('late');
  await turns(20);
  const head = answerHead({ status: 101, headers: ['Upgrade', 'custom'], hasBody: false, isLast: true });
  const raw = owner.seen[0]!.exchange.acceptUpgrade(head);
  let heard = '';
  raw.on('data', (chunk: Buffer) => {
    heard += String(chunk);
  });
  await until(() => heard === 'early late');
  raw.write('hello');
  await until(() => received().endsWith('\r\n\r\nhello'));
  visitor.end();
  await once(raw, 'end');
  raw.end('bye');
  await until(() => owner.closes === 1);
  expect(received()).toMatch(/hellobye$/);
  expect(owner.seen[0]?.closes).toEqual([true]);
});
