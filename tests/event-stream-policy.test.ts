// Messages of a stream of events are changed one by one, while the service is still sending.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { expect, it } from 'vitest';
import { forwardWithPolicy } from './support/ngrok-session.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit, visitorOptions } from './support/visitor.ts';

const policy = `
on_http_response:
  - expressions: ["!res.content_type.startsWith('text/event-stream')"]
    actions:
      - type: response-body-find-replace
        config: {replacements: [{from: secret, to: hidden}]}
on_event_stream_message:
  - expressions: ["has(event.data) && event.data.contains('secret')"]
    actions:
      - type: sse-find-replace
        config: {replacements: [{from: "secret ([0-9]+)", to: "no. $1 for \${req.url.path}"}]}
  - expressions: ["has(event.retry) && event.retry == '7'"]
    actions:
      - type: sse-find-replace
        config: {field: "\${event.event}", replacements: [{from: a}]}
`;

/** A service whose stream the test writes, and its endpoint with the policy. */
async function startService(server: TestServer, trafficPolicy: string) {
  const streams: ServerResponse[] = [];
  const closed = Promise.withResolvers<void>();
  const upstream = await startUpstream((asked, response) => {
    if (asked.url !== '/events') return void response.setHeader('content-type', 'text/html').end('a secret page');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    response.on('close', () => closed.resolve());
    streams.push(response);
  });
  const url = await forwardWithPolicy(server, trafficPolicy, upstream.port);
  return { url, streams, closed: closed.promise };
}

/** A visitor who reads a stream for as long as it lasts. */
async function listen(server: TestServer, url: string) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ ...visitorOptions(server, url), agent: new Agent() }, resolve);
    sent.on('error', reject).end();
  });
  let text = '';
  let wake = (): void => {};
  answer.on('data', (piece: Buffer) => {
    text += piece.toString();
    wake();
  });
  const ended = new Promise<string>((resolve) => {
    answer.on('error', () => resolve('cut')).on('end', () => resolve('whole'));
  });
  const until = async (expected: string): Promise<void> => {
    while (!text.endsWith(expected)) {
      const piece = new Promise<void>((resolve) => (wake = resolve));
      await Promise.race([piece, ended.then((how) => Promise.reject(new Error(`It ended ${how} after ${text}`)))]);
    }
  };
  return { answer, ended, until, text: () => text };
}

it('each message of a stream of events leaves, rewritten, before the next one is sent', async () => {
  const server = await startServer();
  const service = await startService(server, policy);
  const visitor = await listen(server, `${service.url}/events`);
  expect(visitor.answer.headers['content-type']).toBe('text/event-stream');
  const [stream] = service.streams;
  for (const number of [1, 2, 3]) {
    stream?.write(`id: ${number}\r\ndata: a secret ${number}\r\n\r\n`);
    await visitor.until(`id: ${number}\ndata: a no. ${number} for /events\n\n`);
  }
  stream?.write(': still here\n');
  await visitor.until(': still here\n\n');
  stream?.write('data: nothing to change\n');
  stream?.end('\n');
  expect(await visitor.ended).toBe('whole');
  expect(visitor.text()).toMatch(/data: nothing to change\n\n$/);
  expect(visitor.text()).not.toContain('secret');
  // The rest of the endpoint is looked after by the other rule.
  expect((await visit(server, service.url)).body).toBe('a hidden page');
});

it('a message that cannot be decided on breaks the stream off, for the visitor and the service', async () => {
  const server = await startServer();
  const service = await startService(server, policy);
  const visitor = await listen(server, `${service.url}/events`);
  service.streams[0]?.write('data: good\n\n');
  await visitor.until('data: good\n\n');
  service.streams[0]?.write('data: bad\nevent: other\nretry: 7\n\ndata: never\n\n');
  expect(await visitor.ended).toBe('cut');
  await service.closed;
  expect(visitor.text()).toBe('data: good\n\n');
});
