import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { openOnFreePort } from './free-port.ts';
import type { Listener } from './listener.ts';

function opener(isTaken: (port: number) => boolean) {
  const tried: number[] = [];
  const open = async (port: number): Promise<Listener> => {
    tried.push(port);
    if (isTaken(port)) throw new AditError(9220);
    return { host: '127.0.0.1', port, close: async () => undefined };
  };
  return { tried, open };
}

test('openOnFreePort() takes the preferred port and says nothing of it', async () => {
  const { open } = opener(() => false);
  await expect(openOnFreePort(8443, open)).resolves.toMatchObject({ listener: { port: 8443 }, takenPort: null });
});

test('openOnFreePort() takes the next free one and tells which was taken', async () => {
  const { open } = opener((port) => port < 8445);
  await expect(openOnFreePort(8443, open)).resolves.toMatchObject({ listener: { port: 8445 }, takenPort: 8443 });
});

test('openOnFreePort() fails with 9222 after 20 ports', async () => {
  const { open, tried } = opener(() => true);
  await expect(openOnFreePort(8443, open)).rejects.toMatchObject({
    code: 9222,
    message: 'Cannot find a free port between 8443 and 8462: all are in use',
  });
  expect(tried).toHaveLength(20);
});

test('openOnFreePort() tries no port above 65535', async () => {
  const { open, tried } = opener(() => true);
  await expect(openOnFreePort(65_534, open)).rejects.toMatchObject({ code: 9222 });
  expect(tried).toEqual([65_534, 65_535]);
});

test('openOnFreePort() passes other errors on at once', async () => {
  const open = async (): Promise<Listener> => Promise.reject(new AditError(9221));
  await expect(openOnFreePort(443, open)).rejects.toMatchObject({ code: 9221 });
});
