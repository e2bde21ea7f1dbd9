import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type AditProcess, startAdit } from './support/process.ts';
import { newDataDir, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

function quickstart(dataDir: string, words: readonly string[] = []): AditProcess {
  const adit = startAdit(['quickstart', ...words, '--data-dir', dataDir]);
  onTestFinished(async () => void (await adit.stop('SIGKILL')));
  return adit;
}

async function printedUrl(adit: AditProcess): Promise<string> {
  const url = await adit.waitFor((line) => /(https:\/\/\S+) {2}→/.exec(line)?.[1]);
  await adit.waitFor((line) => (line.includes('Stop:') ? line : undefined));
  return url;
}

async function trusting(dataDir: string): Promise<{ ca: string }> {
  return { ca: await readFile(join(dataDir, 'tls', 'ca.pem'), 'utf8') };
}

it('the first start shows its secrets and a demo that answers; the second finds everything again', async () => {
  const dataDir = await newDataDir();
  const first = quickstart(dataDir);
  const url = await printedUrl(first);
  expect(first.lines.join('\n')).toMatch(/API key +adit_ak_\S{43}/);
  expect(first.lines.join('\n')).toContain(`curl --cacert ${join(dataDir, 'tls', 'ca.pem')} ${url}/`);
  expect(await visit(await trusting(dataDir), `${url}/`)).toMatchObject({
    status: 200,
    body: expect.stringContaining('It works'),
  });
  expect((await stat(join(dataDir, 'agent.yml'))).mode & 0o777).toBe(0o600);
  expect(await first.stop('SIGINT')).toBe(0);

  const second = quickstart(dataDir);
  const again = await printedUrl(second);
  expect(second.lines.join('\n')).not.toContain('adit_ak_');
  expect((await visit(await trusting(dataDir), `${again}/`)).status).toBe(200);
});

it("a quick start beside a running one joins its server and exposes the user's own port", async () => {
  const dataDir = await newDataDir();
  const demoUrl = await printedUrl(quickstart(dataDir));
  const upstream = await startUpstream((_request, response) => response.end('mine'));
  const joined = quickstart(dataDir, ['http', String(upstream.port)]);
  const url = await printedUrl(joined);
  expect(new URL(url).port).toBe(new URL(demoUrl).port);
  expect((await visit(await trusting(dataDir), url)).body).toBe('mine');
  expect(await joined.stop('SIGINT')).toBe(0);
  expect((await visit(await trusting(dataDir), demoUrl)).status).toBe(200);
});

it('its server gives way to another one, which has the data directory then; agent and demo go on', async () => {
  const dataDir = await newDataDir();
  const url = await printedUrl(quickstart(dataDir));
  const ports = ['--https-port', new URL(url).port];
  const next = await startServer({ dataDir, args: [...ports, '--take-over'] });
  expect((await visit(next, url)).body).toContain('It works');
  await expect.poll(() => next.process.stderr(), { timeout: 20_000 }).toContain('The server before this one is gone');
  expect((await visit(next, url)).body).toContain('It works');
});

it('the agent configuration that a quick start leaves works from anywhere, also for a relative data directory', async () => {
  const dataDir = relative(process.cwd(), await newDataDir());
  await printedUrl(quickstart(dataDir));
  const upstream = await startUpstream((_request, response) => response.end('mine'));
  const agent = startAdit(['http', String(upstream.port), '--url', 'mine', '--config', join(dataDir, 'agent.yml')]);
  onTestFinished(async () => void (await agent.stop('SIGKILL')));
  const url = await agent.waitFor((line) => /"started tunnel","url":"([^"]+)"/.exec(line)?.[1]);
  expect((await visit(await trusting(dataDir), url)).body).toBe('mine');
});

it('a quick start whose port is taken says so and takes the next', async () => {
  const taken = createServer();
  onTestFinished(() => void taken.close());
  // If somebody has it already, it is just as taken.
  await new Promise((resolve) => taken.on('error', resolve).listen(8443, '127.0.0.1', () => resolve(undefined)));
  const adit = quickstart(await newDataDir());
  const chosen = await adit.waitFor((line) => /^Port 8443 is taken; using (\d+)\.$/.exec(line)?.[1]);
  expect(new URL(await printedUrl(adit)).port).toBe(chosen);
});
