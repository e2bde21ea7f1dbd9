// What an operator does to a running agent through the API: the real command, server and API.

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from './support/agent.ts';
import { type AditProcess, startAdit } from './support/process.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit, visitorOptions } from './support/visitor.ts';

interface ConfiguredAgent {
  readonly process: AditProcess;
  /** Writes the file that the agent was started with. */
  configure(agent: string, endpoints: string): Promise<void>;
  /** The log lines so far that say this. */
  said(msg: string): Record<string, unknown>[];
  /** Resolves when it has been said so often. */
  until(msg: string, times?: number): Promise<void>;
}

/** `adit start --all` with a configuration file. */
async function startConfigured(server: TestServer, agent: string, endpoints: string): Promise<ConfiguredAgent> {
  const dir = await mkdtemp(join(tmpdir(), 'adit-operator-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'adit.yml');
  const configure = (keys: string, list: string) => {
    const connection = `connect_url: ${server.ready.connect}, connect_cas: ${server.ready.caFile}, web_addr: false`;
    return writeFile(file, `version: 3\nagent: { ${connection}${keys} }\nendpoints:\n${list}`, { mode: 0o600 });
  };
  await configure(agent, endpoints);
  const env = { ADIT_AUTHTOKEN: firstRunOf(server).authtoken };
  const adit = startAdit(['start', '--all', '--config', file], env);
  onTestFinished(async () => {
    await adit.stop('SIGKILL');
  });
  const said = (msg: string) =>
    adit.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['msg'] === msg);
  const until = async (msg: string, times = 1) => {
    if (said(msg).length >= times) return;
    await adit.waitFor((line) => (line.includes(`"msg":"${msg}"`) && said(msg).length >= times ? true : undefined));
  };
  return { process: adit, configure, said, until };
}

function api(server: TestServer) {
  const { apiKey } = firstRunOf(server);
  const sessions = async () => {
    const { json } = await callApi(server, apiKey, { method: 'GET', path: '/tunnel_sessions' });
    return json['tunnel_sessions'] as { id: string; [key: string]: unknown }[];
  };
  /** To the newest session, without a body, as some of ngrok's API clients send it. */
  const command = async (name: string) => {
    const [session] = await sessions();
    return await callApi(server, apiKey, { method: 'POST', path: `/tunnel_sessions/${session?.id}/${name}` });
  };
  return { sessions, command };
}

const endpoint = (name: string, url: string, port: number, more = '') =>
  `  - { name: ${name}, url: "${url}", upstream: { url: ${port} }${more} }\n`;

/** Asks for the URL over and over until it is told to stop; answers what came. */
function keepVisiting(server: TestServer, url: string) {
  const answers = new Map<string, number>();
  let isOver = false;
  const loop = (async () => {
    while (!isOver) {
      const { status, body } = await visit(server, url);
      const what = status === 200 ? `200 ${body}` : String(status);
      answers.set(what, (answers.get(what) ?? 0) + 1);
    }
  })();
  return {
    answers,
    async stop() {
      isOver = true;
      await loop;
      return Object.fromEntries(answers);
    },
  };
}

it('restart reads the configuration again: new, changed and removed endpoints, and visitors stay', async () => {
  const server = await startServer();
  const { sessions, command } = api(server);
  const [one, two] = [
    await startUpstream((_request, response) => response.end('one')),
    await startUpstream((_request, response) => response.end('two')),
  ];
  const begun: ServerResponse[] = [];
  const slow = await startUpstream((_request, response) => {
    begun.push(response);
    response.write('begun');
  });
  const agent = await startConfigured(
    server,
    ', metadata: before',
    endpoint('web', 'web', one.port) + endpoint('random', '', slow.port) + endpoint('gone', 'gone', one.port),
  );
  await agent.until('started tunnel', 3);
  const urls = Object.fromEntries(agent.said('started tunnel').map(({ name, url }) => [name, String(url)]));
  expect(agent.said('session online')).toMatchObject([{ account: 'default' }]);
  const [before] = await sessions();
  expect(before).toMatchObject({ os: 'linux', metadata: 'before', transport: 'adit/1', ip: '127.0.0.1' });
  const [open] = (await once(
    request({ ...visitorOptions(server, urls['random'] ?? ''), agent: false }).end(),
    'response',
  )) as [IncomingMessage];

  await agent.configure(
    ', metadata: after',
    endpoint('web', 'web', two.port) + endpoint('random', '', two.port) + endpoint('new', 'new', two.port),
  );
  const visits = keepVisiting(server, urls['web'] ?? '');
  await expect.poll(() => visits.answers.get('200 one') ?? 0).toBeGreaterThan(5);
  expect((await command('restart')).status).toBe(204);
  await agent.until('restarted');
  // Who came before the restart may finish, for ten seconds; then the old session goes.
  expect((await sessions()).map(({ metadata }) => metadata)).toEqual(['after', 'before']);
  for (const response of begun) response.end(' and done');
  let body = '';
  for await (const bytes of open) body += String(bytes);
  expect(body).toBe('begun and done');
  await expect.poll(async () => (await sessions()).map(({ metadata }) => metadata)).toEqual(['after']);
  expect((await sessions())[0]?.id).not.toBe(before?.id);

  await expect.poll(() => visits.answers.get('200 two') ?? 0).toBeGreaterThan(5);
  const answers = await visits.stop();
  console.log('answers around the restart:', answers);
  expect(Object.keys(answers).filter((what) => !what.startsWith('200') && what !== '404')).toEqual([]);

  const nowOnline = Object.fromEntries(agent.said('started tunnel').map(({ name, url }) => [name, String(url)]));
  expect(nowOnline['random']).toBe(urls['random']);
  expect((await visit(server, nowOnline['random'] ?? '')).body).toBe('two');
  expect((await visit(server, nowOnline['new'] ?? '')).body).toBe('two');
  expect((await visit(server, urls['gone'] ?? '')).status).toBe(404);
});

it('restart with a configuration that is broken, or that the server refuses, changes nothing and says why', async () => {
  const server = await startServer();
  const { sessions, command } = api(server);
  const [one, two] = [
    await startUpstream((_request, response) => response.end('one')),
    await startUpstream((_request, response) => response.end('two')),
  ];
  const agent = await startConfigured(server, '', endpoint('web', 'web', one.port));
  await agent.until('started tunnel');
  const url = String(agent.said('started tunnel')[0]?.['url']);
  const before = await sessions();
  const failures: [agent: string, endpoints: string, status: number, why: RegExp][] = [
    [', metdata: x', endpoint('web', 'web', two.port), 409, /no key "agent.metdata"; did you mean "agent.metadata"/],
    ['', '', 409, /"endpoints"/],
    [', metadata: one, metadata: two', endpoint('web', 'web', two.port), 409, /is not valid YAML/],
    // The name is the server's own: only it can tell.
    ['', endpoint('web', 'web', two.port) + endpoint('more', 'admin', two.port), 204, /"more": .*reserved/],
    ['', endpoint('web', 'admin', two.port), 204, /"web": .*reserved/],
  ];
  const visits = keepVisiting(server, url);
  let count = 0;
  for (const [keys, endpoints, status, why] of failures) {
    await agent.configure(keys, endpoints);
    const answer = await command('restart');
    expect([answer.status, endpoints]).toEqual([status, endpoints]);
    if (status === 409)
      expect(answer.json).toMatchObject({ error_code: 'ERR_ADIT_9406', msg: expect.stringMatching(why) });
    await agent.until('restart failed, going on as before', ++count);
    expect(agent.said('restart failed, going on as before').at(-1)?.['err']).toMatch(why);
  }
  expect(Object.keys(await visits.stop())).toEqual(['200 one']);
  await expect.poll(sessions).toEqual(before);
  expect(agent.said('restarted')).toEqual([]);
  // And a right one is taken afterwards.
  await agent.configure('', endpoint('web', 'web', two.port));
  expect((await command('restart')).status).toBe(204);
  await agent.until('restarted');
  expect((await visit(server, url)).body).toBe('two');
});

it('restart lets names of the configuration exchange their addresses, or take new names', async () => {
  const server = await startServer();
  const [one, two] = [
    await startUpstream((_request, response) => response.end('one')),
    await startUpstream((_request, response) => response.end('two')),
  ];
  const agent = await startConfigured(server, '', endpoint('a', 'left', one.port) + endpoint('b', 'right', two.port));
  await agent.until('started tunnel', 2);
  const { port } = server.ready.https;
  const bodies = () =>
    Promise.all(['left', 'right'].map(async (name) => (await visit(server, `https://${name}.localhost:${port}`)).body));
  expect(await bodies()).toEqual(['one', 'two']);
  await agent.configure('', endpoint('a', 'right', one.port) + endpoint('b', 'left', two.port));
  expect((await api(server).command('restart')).status).toBe(204);
  await agent.until('restarted');
  expect(await bodies()).toEqual(['two', 'one']);
  await agent.configure('', endpoint('c', 'left', one.port) + endpoint('d', 'right', two.port));
  expect((await api(server).command('restart')).status).toBe(204);
  await agent.until('restarted', 2);
  expect(await bodies()).toEqual(['one', 'two']);
});

it('restart keeps the ports of tcp endpoints and the URL of a command line', async () => {
  const server = await startServer();
  const echo = createServer((socket) => void socket.on('error', () => {}).end('hello')).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  onTestFinished(() => void echo.close());
  const agent = await startAgent(server, (echo.address() as AddressInfo).port, {
    ...firstRunOf(server),
    command: 'tcp',
  });
  expect((await api(server).command('restart')).status).toBe(204);
  await agent.process.waitFor((line) => (line.includes('"msg":"restarted"') ? true : undefined));
  const urls = agent.process.lines.flatMap((line) => /"url":"(tcp:[^"]+)"/.exec(line)?.[1] ?? []);
  expect(new Set(urls)).toEqual(new Set([agent.url]));
  const visitor = connect(Number(new URL(agent.url).port), '127.0.0.1');
  expect(await text(visitor)).toBe('hello');
});

it('stop ends the agent in order, and it says who did it', async () => {
  const server = await startServer();
  const { sessions, command } = api(server);
  const agent = await startConfigured(server, '', endpoint('web', 'web', 1));
  await agent.until('started tunnel');
  // It may be gone before we have the answer.
  const closed = once(agent.process.child, 'close');
  expect((await command('stop')).status).toBe(204);
  expect((await closed)[0]).toBe(0);
  expect(agent.said('stopped')).toMatchObject([{ lvl: 'info', by: 'operator' }]);
  expect(agent.process.stderr()).toBe('');
  expect(await sessions()).toEqual([]);
});

it('an agent without remote management refuses every command, and goes on', async () => {
  const server = await startServer();
  const { sessions, command } = api(server);
  const agent = await startConfigured(server, ', remote_management: false', endpoint('web', 'web', 1));
  await agent.until('started tunnel');
  for (const name of ['stop', 'restart', 'update']) {
    const { status, json } = await command(name);
    expect([name, status, json['error_code']]).toEqual([name, 409, 'ERR_ADIT_9406']);
    expect(json['msg']).toContain(`Cannot ${name} the agent: Remote management is switched off on this agent`);
  }
  expect(await sessions()).toHaveLength(1);
  expect(await agent.process.stop()).toBe(0);
  expect(agent.said('stopped')).toMatchObject([{ by: 'user' }]);
});
