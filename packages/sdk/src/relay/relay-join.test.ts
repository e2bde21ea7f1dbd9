import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { join } from './relay-join.ts';

function tapOf(seen: string[], note: () => string = () => '') {
  return {
    fromVisitor: (bytes: Uint8Array) => void seen.push(`visitor ${Buffer.from(bytes).toString()}${note()}`),
    fromUpstream: (bytes: Uint8Array) => void seen.push(`upstream ${Buffer.from(bytes).toString()}`),
    closed: () => {},
  };
}

async function echoSocket(): Promise<Socket> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  await once(socket, 'connect');
  return socket;
}

it('what goes to a socket is on its way before the tap sees it, and is seen before its answer', async () => {
  const service = await echoSocket();
  const [visitor, far] = duplexPair();
  const seen: string[] = [];
  join({ visitor: far, service, tap: tapOf(seen, () => `, ${service.bytesWritten} bytes sent`) });
  visitor.write('question');
  expect((await once(visitor, 'data')).toString()).toBe('question');
  expect(seen).toEqual(['visitor question, 8 bytes sent', 'upstream question']);
});

it('a program that answers while it is written to is seen to answer after its question', async () => {
  const [visitor, far] = duplexPair();
  const [service, program] = duplexPair();
  program.on('data', (bytes: Buffer) => program.write(`to ${bytes.toString()}`));
  const seen: string[] = [];
  join({ visitor: far, service, tap: tapOf(seen) });
  for (const question of ['one', 'two']) {
    visitor.write(question);
    await once(visitor, 'data');
  }
  expect(seen).toEqual(['visitor one', 'upstream to one', 'visitor two', 'upstream to two']);
});

it('without a tap the bytes go both ways all the same', async () => {
  const service = await echoSocket();
  const [visitor, far] = duplexPair();
  join({ visitor: far, service, tap: undefined });
  visitor.write('hello');
  expect((await once(visitor, 'data')).toString()).toBe('hello');
});
