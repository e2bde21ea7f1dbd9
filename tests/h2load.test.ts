// nghttp2's load generator against a real server and agent: every request of every connection gets its own answer.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';

it.for<[title: string, load: string[]]>([
  ['HTTP/1.1, 20 connections', ['--h1', '-c', '20', '-n', '3000']],
  ['HTTP/1.1 with requests sent ahead', ['--h1', '-c', '5', '-m', '10', '-n', '1000']],
  ['HTTP/2, 10 connections with 20 streams each', ['-c', '10', '-m', '20', '-n', '4000']],
  ['HTTP/2, uploads', ['-c', '5', '-m', '10', '-n', '500', '-d', import.meta.filename]],
])('h2load: %s', async ([, load], context) => {
  requires(context, ['h2load']);
  const upstream = await startUpstream((request, answer) => {
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    request.on('end', () => answer.end(`${bytes} bytes came, and so many letters go: ${'x'.repeat(bytes)}`));
  });
  const server = await startServer();
  const { url } = await startAgent(server, upstream.port, firstRunOf(server));
  const { port } = new URL(url);
  const { stdout } = await promisify(execFile)('h2load', ['-t', '1', ...load, `--connect-to=127.0.0.1:${port}`, url]);
  const total = load[load.indexOf('-n') + 1];
  expect(stdout).toContain(`${total} done, ${total} succeeded, 0 failed, 0 errored, 0 timeout`);
  expect(stdout).toContain(`status codes: ${total} 2xx, 0 3xx, 0 4xx, 0 5xx`);
});
