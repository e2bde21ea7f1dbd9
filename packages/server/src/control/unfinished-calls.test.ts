import { EventEmitter, once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { createLocalLink } from '../links/local/local-link.ts';
import { defaultApiLimits } from './api-limits.ts';
import { addPerson, makeEndpoint, openWorld } from './control.testkit.ts';
import { UnfinishedCalls } from './unfinished-calls.ts';

const [ann, bob] = [newId('account', 1), newId('account', 1)];

function call() {
  return { answer: new EventEmitter(), connection: Object.assign(new EventEmitter(), { destroyed: false }) };
}

test('begin() refuses an account whose answers nobody takes, and nobody else', () => {
  const calls = new UnfinishedCalls({ maxUnfinishedCalls: 2 });
  const first = call();
  calls.begin(ann, first);
  calls.begin(ann, call());
  const details = { retry_after_seconds: 1 };
  expect(() => calls.begin(ann, call())).toThrow(expect.objectContaining({ code: 9130, status: 429, details }));
  calls.begin(bob, call());
  first.answer.emit('close');
  calls.begin(ann, call());
  expect(() => calls.begin(ann, call())).toThrow();
});

test('a call ends once: with its answer, or with its connection', () => {
  const calls = new UnfinishedCalls({ maxUnfinishedCalls: 2 });
  const [first, second] = [call(), call()];
  calls.begin(ann, first);
  calls.begin(ann, second);
  first.connection.emit('close');
  first.answer.emit('close');
  expect(calls.size).toBe(1);
  second.answer.emit('close');
  second.connection.emit('close');
  expect([calls.size, first.connection.listenerCount('close')]).toEqual([0, 0]);
});

test('a caller who is gone already does not count for ever', () => {
  const calls = new UnfinishedCalls({ maxUnfinishedCalls: 1 });
  const gone = call();
  gone.connection.destroyed = true;
  calls.begin(ann, gone);
  expect(calls.size).toBe(0);
});

const visitor = { clientIp: '203.0.113.9', clientPort: 1, serverIp: '192.0.2.1', serverPort: 443, serverName: 'api' };

test('the API counts answers that wait to be read, and nothing else', async () => {
  const world = await openWorld({ limits: { ...defaultApiLimits, maxUnfinishedCalls: 2 } });
  const { accountId, key } = await addPerson(world.store, 'administrator');
  const authorization = `Bearer ${key}`;
  const call = () => world.app.inject({ url: '/endpoints?limit=1', headers: { authorization } });
  for (let i = 0; i < 100; i++) {
    world.endpoints.push(makeEndpoint(accountId, `e${i}`, { metadata: 'x'.repeat(4_000) }));
  }
  const unread = Array.from({ length: 2 }, () => {
    const stream = createLocalLink(world.app.server).open({ bindId: 'api', visitor, protocol: 'https' });
    stream.write(`GET /endpoints HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: ${authorization}\r\n\r\n`);
    return stream;
  });
  await Promise.all(unread.map((stream) => once(stream, 'readable')));
  const refused = await call();
  expect([refused.statusCode, refused.json().error_code, refused.headers['retry-after']]).toEqual([
    ...[429, 'ERR_ADIT_9130', '1'],
  ]);
  const [taken, given] = unread.map((stream, i) => once(stream, i === 0 ? 'end' : 'close'));
  unread[0]?.resume();
  unread[1]?.destroy();
  await Promise.all([taken, given]);
  for (let i = 0; i < 10; i++) {
    expect((await call()).statusCode).toBe(200);
    await nextTurn();
  }
  await world.dispose();
});
