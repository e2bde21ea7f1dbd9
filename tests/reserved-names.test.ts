import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { startNameServer } from '../packages/server/src/dns/name-server.testkit.ts';
import { admin, createKey } from './support/admin.ts';
import { startAgent } from './support/agent.ts';
import { makePair } from './support/own-certificate.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

/** The code that `adit http` or `adit tcp` is refused with. */
async function refusal(server: TestServer, authtoken: string, command: readonly string[]): Promise<string> {
  const connection = ['--connect-url', server.ready.connect, '--connect-cas', server.ready.caFile];
  const agent = startAdit([...command, ...connection], { ADIT_AUTHTOKEN: authtoken });
  onTestFinished(async () => {
    await agent.stop('SIGKILL');
  });
  return await agent.waitFor((line) => /ERR_(?:NGROK|ADIT)_(\d+)/.exec(line)?.[1]);
}

it('a reserved name and port are their account’s alone, also after a restart', async () => {
  const first = await startServer();
  const { apiKey, authtoken } = firstRunOf(first);
  const post = (path: string, body: object) => callApi(first, apiKey, { method: 'POST', path, body });
  expect((await post('/reserved_domains', { domain: 'shop.localhost' })).status).toBe(201);
  const { json } = await post('/reserved_addrs', {});
  const address = String(json['addr']);
  await first.process.stop('SIGTERM');
  await admin(first.dataDir, ['account', 'create', 'others']);
  const theirs = await createKey(first.dataDir, ['--account', 'others']);
  const server = await startServer({ dataDir: first.dataDir });

  expect(await refusal(server, theirs, ['http', '9', '--url', 'https://shop.localhost'])).toBe('320');
  expect(await refusal(server, theirs, ['http', '9', '--url', 'https://x.shop.localhost'])).toBe('320');
  expect(await refusal(server, theirs, ['tcp', '9', '--url', `tcp://${address}`])).toBe('320');
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://x.shop.localhost'] });
  expect((await visit(server, agent.url)).body).toBe('in');
  const service = await startTcpService((socket) => void socket.end());
  const tcp = await startAgent(server, service.port, {
    authtoken,
    command: 'tcp',
    args: ['--url', `tcp://${address}`],
  });
  expect(tcp.url).toBe(`tcp://${address}`);
}, 120_000); // Nine processes, one after the other.

it('a name of one’s own is served once a TXT record proves whose it is', async () => {
  const dns = await startNameServer();
  onTestFinished(() => dns.close());
  const server = await startServer({ args: ['--dns-resolver', dns.address] });
  const { apiKey, authtoken } = firstRunOf(server);
  const made = await callApi(server, apiKey, {
    method: 'POST',
    path: '/reserved_domains',
    body: { domain: 'shop.example.com' },
  });
  const { record, value } = made.json['verification'] as { record: string; value: string };
  const verify = () => callApi(server, apiKey, { method: 'POST', path: `/reserved_domains/${made.json['id']}/verify` });

  expect(await refusal(server, authtoken, ['http', '9', '--url', 'https://shop.example.com'])).toBe('319');
  expect((await verify()).json['error_code']).toBe('ERR_ADIT_9112');
  dns.records.set(record, [['v=spf1 -all'], [value.slice(0, 20), value.slice(20)]]);
  expect((await verify()).status).toBe(200);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'http://shop.example.com'] });
  const { port } = server.ready.http;
  expect(agent.url).toBe(`http://shop.example.com:${port}`);
  // Without TLS: the development CA speaks for the server's own names only.
  const answer = async () => {
    const headers = { host: `shop.example.com:${port}` };
    const visitor = get({ host: '127.0.0.1', port, headers, agent: false });
    const [message] = (await once(visitor, 'response')) as [IncomingMessage];
    return { status: message.statusCode, body: await text(message) };
  };
  expect(await answer()).toEqual({ status: 200, body: 'in' });
  // With the reservation goes the right to serve it.
  await callApi(server, apiKey, { method: 'DELETE', path: `/reserved_domains/${made.json['id']}` });
  await expect.poll(async () => (await answer()).status).toBe(404);
});

it('a reserved name is served with the certificate that its account gave it, at once', async (context) => {
  const server = await startServer();
  const { apiKey, authtoken } = firstRunOf(server);
  const call = (method: string, path: string, body?: object) =>
    callApi(server, apiKey, { method, path, ...(body && { body }) });
  const domain = await call('POST', '/reserved_domains', { domain: 'shop.localhost' });
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://shop.localhost'] });
  expect((await visit(server, agent.url)).body).toBe('in');

  const { cert, key } = await makePair(context, 'shop.localhost');
  const pem = { certificate_pem: String(cert), private_key_pem: String(key) };
  const { json } = await call('POST', '/tls_certificates', pem);
  await call('PATCH', `/reserved_domains/${String(domain.json['id'])}`, { certificate_id: json['id'] });
  expect((await visit({ ca: String(cert) }, agent.url)).body).toBe('in');
  await call('DELETE', `/reserved_domains/${String(domain.json['id'])}/certificate`);
  expect((await visit(server, agent.url)).body).toBe('in');
});
