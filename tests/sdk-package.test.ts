import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { rewriteSpecifiers } from '../packages/sdk/build/specifiers.ts';
import { makeTestCertificate } from '../packages/sdk/src/test-ca.testkit.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const unpacked = 'node_modules/@adit/sdk';
/** Where programs stand that have installed the package. */
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'adit-sdk-'));
  const built = join(home, 'built');
  execFileSync(process.execPath, [join(root, 'packages/sdk/build/main.ts'), built]);
  execFileSync('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', home], {
    cwd: built,
    stdio: 'pipe',
  });
  const [archive] = globSync('*.tgz', { cwd: home });
  await mkdir(join(home, unpacked), { recursive: true });
  execFileSync('tar', ['-xzf', archive ?? '', '--strip-components=1', '-C', unpacked], { cwd: home });
  // What npm would install beside it.
  for (const name of ['@types', ...Object.keys((await manifestOf()).dependencies)]) {
    await symlink(join(root, 'node_modules', name), join(home, 'node_modules', name));
  }
});

afterAll(() => rm(home, { recursive: true, force: true }));

async function manifestOf(): Promise<{ dependencies: Record<string, string> }> {
  return JSON.parse(await readFile(join(home, unpacked, 'package.json'), 'utf8')) as Awaited<
    ReturnType<typeof manifestOf>
  >;
}

describe('the package of the SDK', () => {
  it('holds JavaScript and declarations, no sources and no tests, and needs none of our packages', async () => {
    const files = globSync('**/*', { cwd: join(home, unpacked), withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    expect(files.filter((name) => !/\.(?:js|d\.ts)$/.test(name)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(files.filter((name) => /\.(?:test|testkit)\./.test(name))).toEqual([]);
    expect(Object.keys((await manifestOf()).dependencies).filter((name) => name.startsWith('@adit/'))).toEqual([]);
  });

  it('has types that a strict program compiles with, and that say what is wrong', async () => {
    const program = (options: string) =>
      `import { connect, type ForwardOptions, type Listener } from '@adit/sdk';
       export const session = await connect({ serverAddr: 'x', authtoken: 'y' });
       const options: ForwardOptions = ${options};
       export const { url } = await session.forward(options);
       export const listener: Listener = await session.listen();
       listener.serveFetch(async (request) => new Response(request.body));
       listener.on('connection', (stream, { clientAddress }) => void stream.end(clientAddress));`;
    await writeFile(join(home, 'good.mts'), program("{ upstream: '3000', proxyProtocol: 1 }"));
    await writeFile(join(home, 'bad.mts'), program("{ upstream: '3000', proxyProtocol: 3 }"));
    const flags = ['--noEmit', '--strict', '--target', 'esnext', '--module', 'nodenext', '--types', 'node'];
    const tsc = join(root, 'node_modules/.bin/tsc');
    const { stdout } = spawnSync(tsc, [...flags, 'good.mts', 'bad.mts'], { cwd: home, encoding: 'utf8' });
    expect(stdout.split('\n').filter((line) => /error TS/.test(line))).toEqual([
      expect.stringMatching(/^bad\.mts.* TS2322: .*proxyProtocol|^bad\.mts.* TS2322: Type '3'/),
    ]);
  });

  it.each([
    ["import { a } from '@adit/wire';", "import { a } from '../../wire/src/index.js';", []],
    ["export type { A } from './a.ts';", "export type { A } from './a.js';", []],
    ["import './a.ts';", "import './a.js';", []],
    ['let a: import("@adit/contracts").A;', 'let a: import("../../contracts/src/index.js").A;', []],
    ["import { z } from 'zod/mini';", "import { z } from 'zod/mini';", ['zod']],
    ["import b from '@a/b/c';", "import b from '@a/b/c';", ['@a/b']],
    ["import { c } from '@adit/server';", "import { c } from '@adit/server';", ['@adit/server']],
    ["import { d } from 'node:net';", "import { d } from 'node:net';", []],
  ])('is made with %s as %s', (before, after, packages) => {
    expect(rewriteSpecifiers(before, 'sdk/src/x.js')).toEqual({ text: after, packages: new Set(packages) });
  });
});

interface Example {
  readonly url: string;
  readonly printed: string[];
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
}

const runtimes = ['node', 'bun'].filter((name) => spawnSync(name, ['--version']).status === 0);

/** Runs an example of the README as it stands there, but for what only its reader can know. */
async function runExample(
  server: TestServer,
  { name, runtime = 'node', changes = [] }: { name: string; runtime?: string; changes?: readonly [string, string][] },
): Promise<Example> {
  const readme = await readFile(join(home, unpacked, 'README.md'), 'utf8');
  let program = [...readme.matchAll(/```js\n(\/\/ (\S+)\n[^]*?)```/g)].find((match) => match[2] === name)?.[1] ?? '';
  for (const [before, after] of changes) {
    expect(program).toContain(before);
    program = program.replaceAll(before, after);
  }
  await writeFile(join(home, name), program);
  const env = {
    PATH: process.env['PATH'],
    ADIT_SERVER: server.ready.connect,
    ADIT_AUTHTOKEN: firstRunOf(server).authtoken,
    ADIT_CA_FILE: server.ready.caFile,
  };
  const child = spawn(runtime, [name], { cwd: home, env, stdio: ['ignore', 'pipe', 'inherit'] });
  // Its exit may come before what it has said last.
  const exited = once(child, 'close') as Promise<[number | null]>;
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return (await exited)[0];
  };
  onTestFinished(async () => void (await kill('SIGKILL')));
  const printed: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed.push(line);
      const found = /\b(?:https?|tcp|tls):\/\/\S+/.exec(line)?.[0];
      if (found) resolve(found);
    });
    void exited.then(([code]) => reject(new Error(`${name} ended with ${code}`)));
  });
  return { url, printed, kill };
}

describe.each(runtimes)('the examples of its README, run by %s', (runtime) => {
  it('forward.mjs: a service', async () => {
    const server = await startServer();
    const { port } = await startUpstream((_, response) => void response.end('the service'));
    const changes: [string, string][] = [['http://localhost:3000', `http://localhost:${port}`]];
    const { url, printed } = await runExample(server, { name: 'forward.mjs', runtime, changes });
    expect(printed).toEqual([`${url} leads to http://localhost:${port}`]);
    expect((await visit(server, url)).body).toBe('the service');
  });

  it('folder.mjs: a folder', async () => {
    const server = await startServer();
    const folder = await mkdtemp(join(tmpdir(), 'adit-site-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'a.txt'), 'content');
    const changes: [string, string][] = [['file:///home/me/site', pathToFileURL(folder).href]];
    const { url } = await runExample(server, { name: 'folder.mjs', runtime, changes });
    expect((await visit(server, `${url}/a.txt`)).body).toBe('content');
    expect((await visit(server, url)).body).toContain('href="./a.txt"');
    expect((await visit(server, `${url}/%2e%2e/`)).body).not.toContain('adit-site');
  });

  it('fetch.mjs: a handler of the Fetch API', async () => {
    const server = await startServer();
    const { url } = await runExample(server, { name: 'fetch.mjs', runtime });
    expect(JSON.parse((await visit(server, `${url}/x?y`)).body)).toEqual({ method: 'GET', pathname: '/x', body: '' });
  });

  it('http.mjs: a server of node:http', async () => {
    const server = await startServer();
    const { url } = await runExample(server, { name: 'http.mjs', runtime });
    expect((await visit(server, url)).body).toBe('Hello 127.0.0.1\n');
  });

  it('tcp.mjs: raw connections', async () => {
    const server = await startServer();
    const { url } = await runExample(server, { name: 'tcp.mjs', runtime });
    const visitor = connectTcp(Number(new URL(url).port), '127.0.0.1');
    visitor.end('echo');
    expect(await text(visitor)).toMatch(/^Hello 127\.0\.0\.1:\d+\necho$/);
  });

  it('labels.mjs: a service for edges', async () => {
    const server = await startServer();
    const { printed } = await runExample(server, { name: 'labels.mjs', runtime });
    expect(printed).toEqual(['{"app":"shop","zone":"a"} leads to http://localhost:3000']);
    const { json } = await callApi(server, firstRunOf(server).apiKey, { method: 'GET', path: '/tunnels' });
    expect(json).toMatchObject({ tunnels: [{ labels: { app: 'shop', zone: 'a' }, public_url: '' }] });
  });

  it('policies.mjs: what the server does before the service is asked', async () => {
    const server = await startServer();
    const { port } = await startUpstream((_, response) => void response.end('let in'));
    const changes: [string, string][] = [['http://localhost:3000', `http://localhost:${port}`]];
    const { url } = await runExample(server, { name: 'policies.mjs', runtime, changes });
    expect((await visit(server, url)).body).toBe('let in');
    expect(await visit(server, `${url}/admin/x`)).toMatchObject({ status: 404 });
  });

  it('tls.mjs: TLS that ends in the program', async () => {
    const server = await startServer();
    const { cert, key, caPem } = await makeTestCertificate();
    await writeFile(join(home, 'certificate.pem'), cert);
    await writeFile(join(home, 'key.pem'), key);
    const { port } = await startUpstream((_, response) => void response.end('read by nobody else'));
    const changes: [string, string][] = [['localhost:3000', `localhost:${port}`]];
    const { url } = await runExample(server, { name: 'tls.mjs', runtime, changes });
    const { hostname, port: publicPort } = new URL(url);
    const options = { host: '127.0.0.1', servername: hostname, ca: caPem, checkServerIdentity: () => undefined };
    const visitor = connectTls({ ...options, port: Number(publicPort) });
    await once(visitor, 'secureConnect');
    expect(visitor.getPeerX509Certificate()?.subject).toBe('CN=Test');
    visitor.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await text(visitor)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*read by nobody else/);
  });

  it('events.mjs: what the session tells, and its end by a signal', async () => {
    const server = await startServer();
    const { port } = await startUpstream((_, response) => void response.end('seen'));
    const changes: [string, string][] = [['http://localhost:3000', `http://localhost:${port}`]];
    const { url, printed, kill } = await runExample(server, { name: 'events.mjs', runtime, changes });
    expect((await visit(server, url)).body).toBe('seen');
    await expect.poll(() => printed.filter((line) => /^127\.0\.0\.1:\d+: opened$/.test(line)).length).toBe(1);
    expect(await kill('SIGINT')).toBe(0);
    expect(printed.at(-1)).toBe('session: closed');
  });
});

it('every example of the README is run', async () => {
  const readme = await readFile(join(root, 'packages/sdk/README.md'), 'utf8');
  const own = await readFile(fileURLToPath(import.meta.url), 'utf8');
  const names = [...readme.matchAll(/```(\w*)\n\/\/ (\S+)/g)].map((match) => match[2] ?? '');
  expect(names).toHaveLength([...readme.matchAll(/^```\w+/gm)].length);
  for (const name of names) expect(own).toContain(`name: '${name}'`);
});
