// The command `adit tunnel`, as people run it, and its visitors, who come by edges.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { makePair } from './support/own-certificate.ts';
import { type AditProcess, startAdit } from './support/process.ts';
import { firstRunOf, newDataDir, newPlace, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

function startTunnel(server: TestServer, authtoken: string, args: readonly string[]): AditProcess {
  const connection = ['--connect-url', server.ready.connect, '--connect-cas', server.caFile];
  const agent = startAdit(['tunnel', ...args, ...connection], { ADIT_AUTHTOKEN: authtoken });
  onTestFinished(async () => void (await agent.stop('SIGKILL')));
  return agent;
}

const labelsWhenOnline = (agent: AditProcess) =>
  agent.waitFor((line) => {
    const { msg, labels } = JSON.parse(line) as { msg: string; labels?: string };
    return msg === 'started tunnel' ? labels : undefined;
  });

/** Makes what the API has under a path; answers its id. */
async function make(server: TestServer, path: string, body: object): Promise<string> {
  const { json } = await callApi(server, firstRunOf(server).apiKey, { method: 'POST', path, body });
  return String(json['id']);
}

async function tunnelsOf(server: TestServer, apiKey: string): Promise<Record<string, unknown>[]> {
  const { json } = await callApi(server, apiKey, { method: 'GET', path: '/tunnels' });
  return json['tunnels'] as Record<string, unknown>[];
}

it('a labelled tunnel serves its edge, comes back after the server was killed, and goes with its agent', async () => {
  const place = await newPlace();
  const server = await startServer(place);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const { apiKey, authtoken } = firstRunOf(server);
  const config = join(await newDataDir(), 'adit.yml');
  await writeFile(config, 'version: 3\nagent: { web_addr: false, legs: 2 }\n');
  const words = ['--label', 'app=shop', '--label', 'zone=a', '--metadata', 'mine', `http://127.0.0.1:${upstream.port}`];
  const agent = startTunnel(server, authtoken, ['--config', config, ...words]);
  expect(await labelsWhenOnline(agent)).toBe('app=shop zone=a');
  const labels = { app: 'shop', zone: 'a' };
  const shown = { labels, public_url: '', metadata: 'mine', forwards_to: words.at(-1), endpoint: null };
  const before = await tunnelsOf(server, apiKey);
  expect(before).toMatchObject([shown]);

  const url = `https://shop.localhost:${server.ready.https.port}`;
  const edge = await make(server, '/edges/https', { hostports: [new URL(url).host] });
  const backend = { backend_id: await make(server, '/backends/tunnel_group', { labels: { app: 'shop' } }) };
  await make(server, `/edges/https/${edge}/routes`, { match_type: 'path_prefix', match: '/', backend });
  await expect.poll(async () => (await visit(server, url)).body).toBe('in');

  await server.process.stop('SIGKILL');
  const again = await startServer(place);
  await expect.poll(async () => await tunnelsOf(again, apiKey), { timeout: 60_000 }).toMatchObject([shown]);
  expect((await tunnelsOf(again, apiKey))[0]?.['id']).not.toBe(before[0]?.['id']);
  await expect.poll(async () => (await visit(again, url)).body).toBe('in');

  expect(await agent.stop('SIGINT')).toBe(0);
  expect(await tunnelsOf(again, apiKey)).toEqual([]);
}, 120_000); // The wait for the agent to come back has all of the usual minute to itself.

it('a labelled tunnel that the authtoken may not open ends the command with the reason', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const starting = async (acl: string[]) => {
    const made = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body: { acl } });
    return startTunnel(server, String(made.json['token']), ['--label', 'app=shop', '3000']);
  };
  await expect(labelsWhenOnline(await starting(['bind:app=other']))).rejects.toThrow(
    /Cannot open an endpoint with these labels: .*\(ERR_ADIT_399\)/s,
  );
  const required = starting(['require:restrict-ips']).then(labelsWhenOnline);
  await expect(required).rejects.toThrow(/requires restrict-ips.*to the edge.*\(ERR_ADIT_9409\)/s);
  expect(await tunnelsOf(server, apiKey)).toEqual([]);
  expect(await labelsWhenOnline(await starting(['bind:app=*']))).toBe('app=shop');
});

it('a labelled tunnel ends the TLS that a tls edge passes through', async (context) => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const { cert, key } = await makePair(context, 'own.localhost');
  const dir = await newDataDir();
  const files = ['--crt', join(dir, 'crt.pem'), '--key', join(dir, 'key.pem')];
  await Promise.all([writeFile(files[1] ?? '', cert), writeFile(files[3] ?? '', key)]);
  const words = ['--label', 'app=own', ...files, `http://127.0.0.1:${upstream.port}`];
  await labelsWhenOnline(startTunnel(server, firstRunOf(server).authtoken, words));
  const { port } = server.ready.https;
  const backend = { backend_id: await make(server, '/backends/tunnel_group', { labels: { app: 'own' } }) };
  await make(server, '/edges/tls', { hostports: [`own.localhost:${port}`], backend });
  const ask = async () => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'own.localhost', ca: cert });
    socket.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: own.localhost\r\nConnection: close\r\n\r\n');
    return await text(socket).catch(() => '');
  };
  await expect.poll(ask).toMatch(/^HTTP\/1.1 200 OK[^]*in/);
});
