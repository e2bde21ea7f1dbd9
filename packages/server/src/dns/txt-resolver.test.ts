import { createSocket } from 'node:dgram';
import { expect, onTestFinished, test } from 'vitest';
import { startNameServer, type TestNameServer } from './name-server.testkit.ts';
import { createTxtResolver } from './txt-resolver.ts';

async function start(): Promise<TestNameServer> {
  const server = await startNameServer();
  onTestFinished(() => server.close());
  return server;
}

test('answers every text of a name, put together from its parts', async () => {
  const server = await start();
  server.records.set('a.example.com', [['one'], ['two ', 'parts']]);
  const resolve = createTxtResolver(server.address);
  expect(await resolve('a.example.com')).toEqual(['one', 'two parts']);
});

test.each<[string, readonly (readonly string[])[] | undefined]>([
  ['no such name', undefined],
  ['a name without such records', []],
])('%s has no texts', async (_, records) => {
  const server = await start();
  if (records) server.records.set('a.example.com', records);
  expect(await createTxtResolver(server.address)('a.example.com')).toEqual([]);
});

test('a server that does not answer, or answers nonsense, is an error that says so', async () => {
  const server = await start();
  server.records.set('a.example.com', null);
  const limits = { timeoutMs: 50, tries: 1 };
  await expect(createTxtResolver(server.address, limits)('a.example.com')).rejects.toMatchObject({
    code: 9113,
    message: expect.stringContaining('Cannot look up "a.example.com": the DNS did not answer') as unknown,
  });
  const nonsense = createSocket('udp4');
  onTestFinished(() => void nonsense.close());
  nonsense.on('message', (_, { port, address }) => nonsense.send('nonsense', port, address));
  await new Promise<void>((resolve) => nonsense.bind(0, '127.0.0.1', resolve));
  const resolve = createTxtResolver(`127.0.0.1:${nonsense.address().port}`, limits);
  await expect(resolve('a.example.com')).rejects.toMatchObject({ code: 9113 });
});
