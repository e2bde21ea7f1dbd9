import { afterEach, expect, test } from 'vitest';
import type { Readiness } from '../domain/readiness.ts';
import { type OperatorListener, openOperatorListener } from './open-operator-listener.ts';

const handed: string[] = [];
const handOver = { isAllowed: (secret: string) => secret === 'right', begin: () => void handed.push('over') };
const online = { isAllowed: (proof: string) => proof === 'right', count: (account: string) => account.length };
const metrics = { render: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'adit_streams 3\n' }) };
const open: OperatorListener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});

async function start(isReady: () => Promise<Readiness>): Promise<OperatorListener> {
  const listener = await openOperatorListener({
    host: '127.0.0.1',
    port: 0,
    isReady,
    metrics,
    handOver,
    online,
    isShareable: false,
  });
  open.push(listener);
  return listener;
}

const ready = async (): Promise<Readiness> => ({ isReady: true });

test.each([
  ['GET', '/healthz', ready, 200, 'ok\n'],
  ['GET', '/healthz?probe=1', ready, 200, 'ok\n'],
  ['HEAD', '/healthz', ready, 200, ''],
  ['GET', '/readyz', ready, 200, 'ready\n'],
  ['GET', '/readyz', async () => ({ isReady: false, reason: 'draining' }) as const, 503, 'not ready: draining\n'],
  ['GET', '/readyz', () => Promise.reject(new Error('secret')), 503, 'not ready: the check failed\n'],
  ['GET', '/metrics', ready, 200, 'adit_streams 3\n'],
  ['GET', '/', ready, 404, 'not found\n'],
  ['GET', '/metrics/', ready, 404, 'not found\n'],
  ['POST', '/healthz', ready, 404, 'not found\n'],
])('the operator listener answers %s %s', async (method, path, isReady, status, body) => {
  const { port } = await start(isReady);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  expect(response.status).toBe(status);
  expect(await response.text()).toBe(body);
});

test('/healthz answers while the server is not ready', async () => {
  const { port } = await start(async () => ({ isReady: false, reason: 'starting' }));
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

test('openOperatorListener() names the port that is in use', async () => {
  const { port } = await start(ready);
  await expect(
    openOperatorListener({ host: '127.0.0.1', port, isReady: ready, metrics, handOver, online, isShareable: false }),
  ).rejects.toMatchObject({
    code: 9220,
    message: `Cannot listen for the operator on "127.0.0.1:${port}": the port is in use`,
  });
});

test('openOperatorListener() refuses an address of another machine', async () => {
  await expect(
    openOperatorListener({ host: '192.0.2.1', port: 0, isReady: ready, metrics, handOver, online, isShareable: false }),
  ).rejects.toMatchObject({
    code: 9201,
  });
});

test.each([
  [{}, 404, 'not found\n'],
  [{ authorization: 'Bearer wrong' }, 404, 'not found\n'],
  [{ authorization: 'Bearer right' }, 200, '4\n'],
])('how many endpoints of an account are online, asked with %j, is answered with %d', async (headers, status, body) => {
  const { port } = await start(ready);
  const response = await fetch(`http://127.0.0.1:${port}/online/ac_x`, { headers });
  expect([response.status, await response.text()]).toEqual([status, body]);
});

test.each<[headers: Record<string, string>, status: number, begins: boolean]>([
  [{}, 404, false],
  [{ authorization: 'Bearer wrong' }, 404, false],
  [{ authorization: 'Basic right' }, 404, false],
  [{ authorization: 'Bearer right' }, 202, true],
])('a hand-over asked for with %j is answered with %d', async (headers, status, begins) => {
  const { port } = await start(ready);
  handed.length = 0;
  const response = await fetch(`http://127.0.0.1:${port}/hand-over`, { method: 'POST', headers });
  expect(response.status).toBe(status);
  await response.text();
  await new Promise((resolve) => setImmediate(resolve));
  expect(handed).toEqual(begins ? ['over'] : []);
});
