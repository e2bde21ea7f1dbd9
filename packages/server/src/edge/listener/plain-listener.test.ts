import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openPlainListener } from './plain-listener.ts';

const host = '127.0.0.1';

test('openPlainListener() hands every socket over with who it is, and a half-closed client still gets its answer', async () => {
  const accepted = Promise.withResolvers<{ socket: Socket; facts: unknown }>();
  const listener = await openPlainListener({
    host,
    port: 0,
    onHttp: (socket, { facts }) => accepted.resolve({ socket, facts }),
  });
  const client = connect({ host, port: listener.port });
  client.end('ping');
  const { socket, facts } = await accepted.promise;
  expect(facts).toEqual({ clientIp: host, clientPort: client.localPort, serverName: null });
  await new Promise((resolve) => void socket.resume().once('end', resolve));
  socket.end('pong');
  const answer = await new Promise((resolve) => void client.once('data', resolve));
  expect(String(answer)).toBe('pong');
  await listener.close();
});

test('openPlainListener() refuses a port that is taken with 9220 and names it', async () => {
  const first = await openPlainListener({ host, port: 0, onHttp: () => undefined });
  const { port } = first;
  await expect(openPlainListener({ host, port, onHttp: () => undefined })).rejects.toMatchObject({
    code: 9220,
    message: `Cannot listen on "127.0.0.1:${port}": the port is in use`,
  });
  await first.close();
  const again = await openPlainListener({ host, port, onHttp: () => undefined });
  await again.close();
});

test('openPlainListener() refuses an address of another machine with 9201', async () => {
  await expect(openPlainListener({ host: '203.0.113.1', port: 0, onHttp: () => undefined })).rejects.toMatchObject({
    code: 9201,
    message: 'Cannot listen on "203.0.113.1:0": it is not an address of this machine (EADDRNOTAVAIL)',
  });
});

test('openPlainListener() refuses a port below 1024 with 9221', async (context) => {
  context.skip(process.getuid?.() === 0, 'root may use every port');
  await expect(openPlainListener({ host, port: 1, onHttp: () => undefined })).rejects.toMatchObject({ code: 9221 });
});
