import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { freePort } from '../listener/free-ports.testkit.ts';
import { openPlainListener } from '../listener/plain-listener.ts';
import { type Listen, PortListeners } from './port-listeners.ts';

const host = '127.0.0.1';
const anew = { comesBack: false };
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const realListener: Listen = (port, onConnection) =>
  openPlainListener({
    host,
    port,
    clock: fakeClock(),
    onConnection: (socket, { facts }) => onConnection(socket, facts),
  });

/** Real listeners; `ports` are those on which somebody connected. */
function realPorts() {
  const ports: number[] = [];
  const listeners = new PortListeners((socket: Socket, _facts, port) => {
    ports.push(port);
    socket.destroy();
  });
  listeners.serve(realListener);
  onTestFinished(() => listeners.closeAll());
  return { listeners, ports };
}

/** Whether somebody listens. */
async function isOpen(port: number): Promise<boolean> {
  const socket = net.connect(port, host);
  onTestFinished(() => void socket.destroy());
  return once(socket, 'connect').then(
    () => true,
    () => false,
  );
}

/** Listeners that a test finishes opening and closing by hand. */
function listenersByHand() {
  const opening: { port: number; listening: PromiseWithResolvers<{ close(): Promise<void> }> }[] = [];
  const closing: PromiseWithResolvers<void>[] = [];
  const listeners = new PortListeners(() => undefined);
  listeners.serve((port) => {
    const listening = Promise.withResolvers<{ close(): Promise<void> }>();
    opening.push({ port, listening });
    return listening.promise;
  });
  const listener = {
    close: () => {
      const closed = Promise.withResolvers<void>();
      closing.push(closed);
      return closed.promise;
    },
  };
  return { listeners, opening, closing, listener };
}

test('a port is open from open() until its closing, and tells of connections', async () => {
  const { listeners, ports } = realPorts();
  const port = await freePort();
  expect(await isOpen(port)).toBe(false);
  const close = await listeners.open(port, anew);
  expect(await isOpen(port)).toBe(true);
  await until(() => expect(ports).toEqual([port]));
  close();
  close();
  await until(async () => expect(await isOpen(port)).toBe(false));
});

test('several share a port; it is closed with the last of them, however often one says so', async () => {
  const { listeners } = realPorts();
  const port = await freePort();
  const [first, second] = await Promise.all([listeners.open(port, anew), listeners.open(port, anew)]);
  first();
  first();
  expect(await isOpen(port)).toBe(true);
  second();
  await until(async () => expect(await isOpen(port)).toBe(false));
});

test('a port that another program has is refused with 9220, for everybody who asks, and free later', async () => {
  const { listeners } = realPorts();
  const other = net.createServer().listen(0, host);
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const results = await Promise.allSettled([listeners.open(port, anew), listeners.open(port, anew)]);
  for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 9220 } });
  other.close();
  await once(other, 'close');
  const close = await listeners.open(port, anew);
  expect(await isOpen(port)).toBe(true);
  close();
});

test('a port can be opened again while it closes', async () => {
  const { listeners } = realPorts();
  const port = await freePort();
  for (let i = 0; i < 5; i++) {
    const close = await listeners.open(port, anew);
    close();
  }
  await listeners.open(port, anew);
  expect(await isOpen(port)).toBe(true);
});

test('who wants a port that closes waits until it is closed, and then shares it', async () => {
  const { listeners, opening, closing, listener } = listenersByHand();
  const first = listeners.open(1, anew);
  await until(() => expect(opening).toHaveLength(1));
  opening[0]?.listening.resolve(listener);
  (await first)();
  await until(() => expect(closing).toHaveLength(1));
  const others = Promise.all([listeners.open(1, anew), listeners.open(1, anew)]);
  await nextTurn();
  expect(opening).toHaveLength(1);
  closing[0]?.resolve();
  await until(() => expect(opening).toHaveLength(2));
  opening[1]?.listening.resolve(listener);
  for (const close of await others) {
    expect(closing).toHaveLength(1);
    close();
  }
  await until(() => expect(closing).toHaveLength(2));
  expect(opening).toHaveLength(2);
});

test('closeAll() closes ports that are open, and no port is opened after it', async () => {
  const { listeners } = realPorts();
  const port = await freePort();
  const close = await listeners.open(port, anew);
  await listeners.closeAll();
  expect(await isOpen(port)).toBe(false);
  close();
  await expect(listeners.open(port, anew)).rejects.toMatchObject({ code: 9305 });
});

test('closeAll() waits for a port on its way to being open, closes it once, and waits until it is closed', async () => {
  const { listeners, opening, closing, listener } = listenersByHand();
  const open = listeners.open(1, anew);
  await until(() => expect(opening).toHaveLength(1));
  let isClosed = false;
  const closed = listeners.closeAll().then(() => {
    isClosed = true;
  });
  opening[0]?.listening.resolve(listener);
  await until(() => expect(closing).toHaveLength(1));
  (await open)();
  await nextTurn();
  expect([closing.length, isClosed]).toEqual([1, false]);
  closing[0]?.resolve();
  await closed;
});

test('before the listeners are open no port can be', async () => {
  await expect(new PortListeners(() => undefined).open(1, anew)).rejects.toThrowError(RangeError);
});
