import { expect, test } from 'vitest';
import type { ParsedCommand } from '../command.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { resolveSettings } from './agent-settings.ts';

function resolve(options: ParsedCommand['options'], env: Record<string, string>, agent: LoadedConfig['agent'] = {}) {
  const config = { file: '/f.yml', agent, endpoints: [], warnings: [] };
  return resolveSettings({ arguments: [], options }, env, config);
}

const file = {
  authtoken: 'file',
  connect_url: 'file:1',
  connect_cas: '/file.pem',
  proxy_url: 'http://file:1',
  log: '/file.log',
  log_format: 'term',
  log_level: 'info',
} as const;
const env = {
  ADIT_AUTHTOKEN: 'env',
  ADIT_CONNECT_URL: 'env:1',
  ADIT_CONNECT_CAS: '/env.pem',
  ADIT_PROXY_URL: 'http://env:1',
  ADIT_LOG: '/env.log',
  ADIT_LOG_FORMAT: 'json',
  ADIT_LOG_LEVEL: 'warn',
};
const flags = {
  'connect-url': 'flag:1',
  'connect-cas': '/flag.pem',
  log: 'false',
  'log-format': 'logfmt',
  'log-level': 'debug',
};

test('resolveSettings() takes options over the environment over the file', () => {
  expect(resolve({}, {}, file)).toMatchObject({
    authtoken: 'file',
    serverAddr: 'file:1',
    caFile: '/file.pem',
    proxyUrl: 'http://file:1',
    log: { target: '/file.log', format: 'term', level: 'info' },
  });
  expect(resolve({}, env, file)).toMatchObject({
    authtoken: 'env',
    serverAddr: 'env:1',
    caFile: '/env.pem',
    proxyUrl: 'http://env:1',
    log: { target: '/env.log', format: 'json', level: 'warn' },
  });
  expect(resolve(flags, env, file)).toMatchObject({
    serverAddr: 'flag:1',
    caFile: '/flag.pem',
    log: { target: false, format: 'logfmt', level: 'debug' },
  });
});

test.each([
  [{}, true],
  [{ remote_management: true }, true],
  [{ remote_management: false }, false],
])('resolveSettings() of %j lets an operator command the agent: %j', (agent, remoteManagement) => {
  expect(resolve(flags, env, agent)).toMatchObject({ remoteManagement });
});

test('resolveSettings() reads times, the inspector and the screen of the file', () => {
  const settings = resolve(
    {},
    { ADIT_AUTHTOKEN: 't', ADIT_CONNECT_URL: 'a' },
    {
      connect_timeout: '5s',
      heartbeat_interval: '1m',
      heartbeat_tolerance: '2s',
      metadata: 'm',
      console_ui: false,
      web_addr: false,
      web_allow_hosts: ['a'],
      inspect_db_size: -1,
    },
  );
  expect(settings).toMatchObject({
    connectTimeoutMs: 5000,
    heartbeatIntervalMs: 60_000,
    heartbeatToleranceMs: 2000,
    metadata: 'm',
    log: { hasScreen: false },
    inspector: { webAddr: null, allowHosts: ['a'], dbBytes: -1 },
  });
});

test('resolveSettings() has defaults for all the rest', () => {
  expect(resolve({ 'connect-cas': 'host' }, { ADIT_AUTHTOKEN: 't', ADIT_CONNECT_URL: 'a' })).toMatchObject({
    caFile: undefined,
    log: { target: undefined, format: undefined, level: undefined, hasScreen: true },
    inspector: { webAddr: '127.0.0.1:4040', allowHosts: [], dbBytes: 0 },
  });
});

const good = { ADIT_AUTHTOKEN: 't', ADIT_CONNECT_URL: 'a' };

test.each([
  [{}, {}, 9307],
  [{}, { ADIT_CONNECT_URL: 'a' }, 9300],
  [{}, { ...good, ADIT_AUTHTOKEN: '' }, 9300],
  [{ 'connect-url': 'https://a' }, good, 9201],
  [{ 'log-format': 'xml' }, good, 9201],
  [{}, { ...good, ADIT_LOG_LEVEL: 'loud' }, 9201],
])('resolveSettings() refuses options %j in %j with %i', (options, variables, code) => {
  expect(() => resolve(options, variables)).toThrow(expect.objectContaining({ code }));
});

test('resolveSettings() says where the token and the address may be set', () => {
  expect(() => resolve({}, {})).toThrow('/f.yml');
  expect(() => resolve({}, { ADIT_CONNECT_URL: 'a' })).toThrow('/f.yml');
});
