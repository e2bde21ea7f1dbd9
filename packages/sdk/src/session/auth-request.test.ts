import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { authRequest, sdkVersion } from './auth-request.ts';

const facts = {
  authtoken: 'adit_at_x',
  metadata: 'laptop',
  client: { name: 'app', version: '2.0' },
  heartbeatIntervalMs: 10_000,
  heartbeatToleranceMs: 15_000,
  hasOwnCa: false,
  proxyType: 'http',
  canRestart: true,
};

test('sdkVersion is that of the package', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as unknown;
  expect(manifest).toHaveProperty('version', sdkVersion);
});

const anew = { state: undefined, legNumber: 0 };

test('authRequest() announces heartbeats in nanoseconds and which commands work', () => {
  expect(authRequest(facts, anew)).toMatchObject({
    Version: ['3', '2'],
    ClientId: '',
    Extra: {
      AuthToken: 'adit_at_x',
      Cookie: '',
      Metadata: 'laptop',
      HeartbeatInterval: 10_000_000_000,
      HeartbeatTolerance: 15_000_000_000,
      StopUnsupportedError: '',
      RestartUnsupportedError: '',
      UpdateUnsupportedError: expect.stringMatching(/./),
      ProxyType: 'http',
      UserAgent: `app/2.0 adit-sdk/${sdkVersion}`,
    },
  });
});

test('authRequest() says that an agent cannot restart by itself where nobody would do it', () => {
  const { Extra } = authRequest({ ...facts, canRestart: false }, anew);
  expect(Extra).toMatchObject({ RestartUnsupportedError: expect.stringMatching(/./), StopUnsupportedError: '' });
});

test('authRequest() asks for takeover with the id and cookie of the earlier session', () => {
  expect(authRequest(facts, { state: { clientId: 'ts_1', cookie: 'c' }, legNumber: 2 })).toMatchObject({
    ClientId: 'ts_1',
    Extra: { Cookie: 'c' },
  });
});
