// `adit service` with a real systemd: what is written is what it wants, and an agent that should run does, others do not.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, type TestContext, vi } from 'vitest';
import { requires } from './support/requires.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUserManager, type UserManager } from './support/systemd.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const adit = [process.execPath, new URL('../packages/cli/bin/adit.mjs', import.meta.url).pathname];
const unit = 'adit-agent.service';

// Each of its waits may take half a minute.
vi.setConfig({ testTimeout: 180_000 });

const url = ({ ready }: TestServer) => `https://app.localhost:${ready.https.port}`;

interface Installed {
  readonly server: TestServer;
  readonly manager: UserManager;
  /** Runs `adit service …`, which must work, and answers what it printed. */
  service(...words: string[]): Promise<string>;
}

/** A service that is installed and was never started. */
async function install(context: TestContext): Promise<Installed> {
  requires(context, ['systemctl']);
  context.skip(process.getuid?.() !== 0, 'needs root, to give systemd a mount namespace of its own');
  const server = await startServer();
  const manager = await startUserManager();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const config = join(manager.configHome, 'agent.yml');
  const text = `version: 3
agent:
  authtoken: ${firstRunOf(server).authtoken}
  connect_url: ${server.ready.connect}
  connect_cas: ${server.ready.caFile}
  web_addr: false
endpoints:
  - { name: app, url: app, upstream: { url: ${upstream.port} } }
`;
  await writeFile(config, text, { mode: 0o600 });
  const service = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await manager.run([...adit, 'service', ...words, '--system=false']);
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: expect.any(String) });
    return stdout;
  };
  await service('install', '--config', config);
  return { server, manager, service };
}

const firstId = (list: unknown) => (list as { id: string }[])[0]?.id ?? '';
const isServed = (server: TestServer) =>
  expect.poll(async () => (await visit(server, url(server))).status, { timeout: 30_000, interval: 100 }).toBe(200);
const isOffline = (server: TestServer) =>
  expect.poll(async () => (await visit(server, url(server))).status, { timeout: 30_000, interval: 100 }).toBe(404);

it('the service starts, comes back when it is killed, restarts, stops, and is removed', async (context) => {
  const { server, manager, service } = await install(context);
  await service('start');
  await isServed(server);
  expect(await service('status')).toContain('active (running)');
  const { MainPID: first } = await manager.show(unit, 'MainPID');
  process.kill(Number(first), 'SIGKILL');
  await expect
    .poll(() => manager.show(unit, 'NRestarts', 'ActiveState'), { timeout: 30_000, interval: 100 })
    .toEqual({ NRestarts: '1', ActiveState: 'active' });
  await isServed(server);
  const { MainPID: second } = await manager.show(unit, 'MainPID');
  await service('restart');
  await isServed(server);
  const { MainPID: third } = await manager.show(unit, 'MainPID');
  expect(new Set([first, second, third]).size).toBe(3);
  await service('stop');
  await isOffline(server);
  expect(await service('uninstall')).toContain('The configuration was left alone');
  expect(await manager.show(unit, 'LoadState')).toEqual({ LoadState: 'not-found' });
});

it('an agent that an operator stops stays stopped', async (context) => {
  const { server, manager, service } = await install(context);
  await service('start');
  await isServed(server);
  const { apiKey } = firstRunOf(server);
  const { json } = await callApi(server, apiKey, { method: 'GET', path: '/tunnel_sessions' });
  const id = firstId(json['tunnel_sessions']);
  await callApi(server, apiKey, { method: 'POST', path: `/tunnel_sessions/${id}/stop`, body: {} });
  await isOffline(server);
  // Neither active nor waiting for its next start.
  await expect
    .poll(() => manager.show(unit, 'ActiveState', 'SubState', 'Result', 'NRestarts'), { timeout: 30_000 })
    .toEqual({ ActiveState: 'inactive', SubState: 'dead', Result: 'success', NRestarts: '0' });
});

it('an agent whose token is revoked is not started again and again', async (context) => {
  const { server, manager, service } = await install(context);
  await service('start');
  await isServed(server);
  const { apiKey } = firstRunOf(server);
  const { json } = await callApi(server, apiKey, { method: 'GET', path: '/credentials' });
  const id = firstId(json['credentials']);
  await callApi(server, apiKey, { method: 'DELETE', path: `/credentials/${id}` });
  await expect
    .poll(() => manager.show(unit, 'ActiveState', 'SubState', 'ExecMainStatus', 'NRestarts'), { timeout: 30_000 })
    .toEqual({ ActiveState: 'failed', SubState: 'failed', ExecMainStatus: '3', NRestarts: '0' });
});
