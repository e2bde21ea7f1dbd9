// Error answers as they arrive over real connections.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect, test } from 'vitest';
import { request, startFront } from '../http-front.testkit.ts';

test('an error answer has the code, and an id of the form that the log has', async () => {
  const front = await startFront();
  const answer = await request(front.port, { headers: { accept: 'application/json' } });
  expect(answer.status).toBe(404);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'adit-error-code': 'ERR_ADIT_3200',
    'adit-request-id': expect.stringMatching(/^req_[0-9A-Za-z]{27}$/),
  });
  expect(JSON.parse(answer.body)).toMatchObject({ request_id: answer.headers['adit-request-id'] });
});

test('HEAD gets the head of the error answer and no body', async () => {
  const front = await startFront();
  const answer = await request(front.port, { method: 'HEAD' });
  expect(answer).toMatchObject({ status: 404, body: '' });
  expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
});

test('a refused request with a body is answered, and the connection goes on', async () => {
  const front = await startFront();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 3; i++) {
    const answer = await request(front.port, { method: 'POST', body: 'x'.repeat(100_000), agent });
    expect(answer.status).toBe(404);
  }
  expect(front.front.connectionCount).toBe(1);
  agent.destroy();
});

test.each([
  ['refused', 'other.test'],
  ['redirected', 'app.example.test'],
])('the body of a %s request is read within bounds only', async (_, host) => {
  const front = await startFront({ visitor: { scheme: 'http' }, limits: { maxDiscardBytes: 1000 } });
  const socket = net.connect(front.port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\n`);
  await once(socket, 'data');
  socket.write('x'.repeat(5000));
  // Whoever wanted all 100,000 bytes would wait for them.
  await new Promise((closed) => void socket.on('error', () => undefined).once('close', closed));
});
