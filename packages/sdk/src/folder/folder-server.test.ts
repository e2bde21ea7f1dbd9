import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { runOutOfFiles } from '../out-of-files.testkit.ts';
import { openInFolder } from './folder-open.ts';
import { newFolder, serveFolder } from './folder-server.testkit.ts';

/** A folder beside a secret, with whatever leads out of it. */
function makeSite(): string {
  const top = newFolder();
  const site = join(top, 'site');
  mkdirSync(join(site, 'sub', 'deep'), { recursive: true });
  mkdirSync(join(site, '.git'));
  mkdirSync(join(top, 'outside', 'inner'), { recursive: true });
  writeFileSync(join(top, 'secret.txt'), 'SECRET');
  writeFileSync(join(top, 'outside', 'secret.txt'), 'SECRET');
  writeFileSync(join(site, 'a.txt'), 'content of a');
  writeFileSync(join(site, 'sub', 'b & c.html'), '<p>hi</p>');
  writeFileSync(join(site, '.env'), 'SECRET');
  writeFileSync(join(site, '.git', 'config'), 'SECRET');
  symlinkSync(join(top, 'secret.txt'), join(site, 'link.txt'));
  symlinkSync(join(site, 'a.txt'), join(site, 'inner.txt'));
  symlinkSync(join(top, 'outside'), join(site, 'linked'));
  symlinkSync(join(top, 'outside'), join(site, 'sub', 'linked'));
  execFileSync('mkfifo', [join(site, 'pipe')]);
  return site;
}

test('a file is served with its type, size and validators', async () => {
  const { ask } = await serveFolder(makeSite());
  const { status, headers, body } = await ask('/a.txt?v=1');
  expect([status, body.toString()]).toEqual([200, 'content of a']);
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'content-length': '12',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    etag: expect.stringMatching(/^"[0-9a-z-]+"$/) as string,
    'last-modified': expect.stringMatching(/ GMT$/) as string,
  });
});

test('HEAD answers the head of GET, and other methods nothing', async () => {
  const { ask } = await serveFolder(makeSite());
  const head = await ask('/a.txt', { method: 'HEAD' });
  const whole = await ask('/a.txt');
  expect(head).toEqual({ ...whole, body: Buffer.alloc(0), headers: { ...head.headers, date: head.headers.date } });
  expect(head.headers['content-length']).toBe('12');
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const refused = await ask('/a.txt', { method });
    expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD']);
  }
});

test.each([
  ['/../secret.txt'],
  ['/sub/../../secret.txt'],
  ['/%2e%2e/secret.txt'],
  ['/%2E%2E%2Fsecret.txt'],
  ['/..%2fsecret.txt'],
  ['/sub/%2e%2e/%2e%2e/secret.txt'],
  ['/..%5csecret.txt'],
  ['/..\\secret.txt'],
  ['/%252e%252e/secret.txt'],
  ['/%c0%ae%c0%ae/secret.txt'],
  ['/a.txt%00.html'],
  ['/%00'],
  ['/%zz'],
  ['//a.txt'],
  ['//'],
  ['/sub//b%20%26%20c.html'],
  ['/./a.txt'],
  ['/.env'],
  ['/%2eenv'],
  ['/.git/config'],
  ['/.git/'],
  ['/link.txt'],
  ['/inner.txt'],
  ['/linked/secret.txt'],
  ['/linked/'],
  ['/linked/inner/'],
  ['/linked/inner'],
  ['/linked'],
  ['/sub/linked/secret.txt'],
  ['/pipe'],
  ['/a.txt/'],
  ['/a.txt/x'],
  ['/C:/secret.txt'],
  ['/nothing'],
  ['*'],
  ['http://elsewhere/a.txt'],
])('%s is not served', async (target) => {
  const { raw } = await serveFolder(makeSite());
  const answer = await raw(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toContain('SECRET');
});

test('devices and sockets are not served', async () => {
  const { raw } = await serveFolder('/dev');
  const askFor = (path: string) => raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  for (const path of ['/zero', '/null', '/tty']) expect(await askFor(path)).toMatch(/^HTTP\/1\.1 404 /);
  const folder = newFolder();
  const server = createServer();
  await once(server.listen(join(folder, 'socket')), 'listening');
  onTestFinished(() => void server.close());
  expect((await (await serveFolder(folder)).ask('/socket')).status).toBe(404);
});

test('the folder itself may be a symbolic link, and may be made anew', async () => {
  const top = newFolder();
  mkdirSync(join(top, 'v1'));
  writeFileSync(join(top, 'v1', 'a.txt'), 'one');
  symlinkSync(join(top, 'v1'), join(top, 'current'));
  const { ask } = await serveFolder(join(top, 'current'));
  expect((await ask('/a.txt')).body.toString()).toBe('one');
  mkdirSync(join(top, 'v2'));
  writeFileSync(join(top, 'v2', 'a.txt'), 'two');
  symlinkSync(join(top, 'v2'), join(top, 'next'));
  renameSync(join(top, 'next'), join(top, 'current'));
  expect((await ask('/a.txt')).body.toString()).toBe('two');
  rmSync(join(top, 'current'));
  expect((await ask('/a.txt')).status).toBe(404);
});

test('a link that comes and goes while files are opened never leads out', async () => {
  const site = makeSite();
  const folder = join(site, 'sub', 'deep');
  writeFileSync(join(folder, 'secret.txt'), 'harmless');
  const swapper = new Worker(swap, { eval: true, workerData: { folder, outside: join(site, '..', 'outside') } });
  onTestFinished(async () => void (await swapper.terminate()));
  await once(swapper, 'message');
  const read = new Set<string | undefined>();
  for (let round = 0; round < 3_000; round += 1) {
    const found = await openInFolder(site, ['sub', 'deep', 'secret.txt']);
    if (found?.kind !== 'file') continue;
    read.add(await found.handle.readFile('utf8'));
    await found.handle.close();
  }
  expect([...read]).not.toContain('SECRET');
});

/** Puts a link in place of a folder and the folder back, as fast as it can. */
const swap = `
  const { renameSync, rmSync, symlinkSync } = require('node:fs');
  const { parentPort, workerData: { folder, outside } } = require('node:worker_threads');
  parentPort.postMessage('begun');
  for (;;) {
    renameSync(folder, folder + '-real');
    symlinkSync(outside, folder);
    rmSync(folder);
    renameSync(folder + '-real', folder);
  }`;

test('a folder is listed: what can be asked for, and nothing else', async () => {
  const { ask } = await serveFolder(makeSite());
  const { status, headers, body } = await ask('/');
  const page = body.toString();
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect([...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual(['./sub/', './a.txt']);
  expect(page).toMatch(
    /<html lang="en">[^]*<title>Files in \/<\/title>[^]*<main>[^]*<h1>Files in \/<\/h1>[^]*<th scope="col">Name/,
  );
  expect((await ask('/', { method: 'HEAD' })).body.length).toBe(0);
});

test('names in a list are text, never markup or another scheme', async () => {
  const folder = newFolder();
  const names = ['<img src=x onerror=alert(1)>', 'javascript:alert(1)', `"'&`, 'ä ö%20#?', 'new\nline', 'back\\slash'];
  for (const name of names) writeFileSync(join(folder, name), '');
  const { ask } = await serveFolder(folder);
  const page = (await ask('/')).body.toString();
  expect(page).not.toMatch(/<img|href="javascript|new\nline/);
  const hrefs = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => new URL(href ?? '', 'http://x/').pathname);
  expect(hrefs.length).toBe(4);
  for (const href of hrefs) expect((await ask(href)).status).toBe(200);
});

test('a folder that is asked for without its slash gets one, and a parent link', async () => {
  const { ask } = await serveFolder(makeSite());
  const moved = await ask('/sub?x=1');
  expect([moved.status, moved.headers['location']]).toEqual([308, '/sub/?x=1']);
  const page = (await ask('/sub/')).body.toString();
  expect(page).toContain('<a href="../">Parent folder</a>');
  expect(page).toContain('<a href="./b%20%26%20c.html">b &#38; c.html</a>');
  expect((await ask('/sub/b%20%26%20c.html')).headers['content-type']).toBe('text/html; charset=utf-8');
});

test('index.html stands for its folder, unless it is a link', async () => {
  const site = makeSite();
  writeFileSync(join(site, 'sub', 'index.html'), 'index of sub');
  symlinkSync(join(site, '..', 'secret.txt'), join(site, 'index.html'));
  const { ask } = await serveFolder(site);
  expect((await ask('/sub/')).body.toString()).toBe('index of sub');
  expect((await ask('/')).body.toString()).toMatch(/Files in/);
});

test('a long list ends, and says so', async () => {
  const folder = newFolder();
  for (let i = 0; i <= 1_000; i += 1) writeFileSync(join(folder, `f${i}`), '');
  const { ask } = await serveFolder(folder);
  const page = (await ask('/')).body.toString();
  expect(page.match(/<tr><td>/g)?.length).toBe(1_000);
  expect(page).toContain('Only the first 1000 are listed.');
});

test.skipIf(process.getuid?.() === 0)('what cannot be read is not there', async () => {
  const site = makeSite();
  chmodSync(join(site, 'a.txt'), 0);
  expect((await (await serveFolder(site)).ask('/a.txt')).status).toBe(404);
});

test.each<[string, (etag: string, date: string) => Record<string, string>, number]>([
  ['the same ETag', (etag) => ({ 'if-none-match': etag }), 304],
  ['it among others, weakly', (etag) => ({ 'if-none-match': `"x", W/${etag}` }), 304],
  ['any ETag', () => ({ 'if-none-match': '*' }), 304],
  ['another ETag, whatever the date', (_, date) => ({ 'if-none-match': '"x"', 'if-modified-since': date }), 200],
  ['the date of the file', (_, date) => ({ 'if-modified-since': date }), 304],
  ['an earlier date', () => ({ 'if-modified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' }), 200],
  ['no date', () => ({ 'if-modified-since': 'yesterday' }), 200],
  ['a match that is none', () => ({ 'if-match': '"x"' }), 412],
  ['a match that is one', (etag) => ({ 'if-match': etag }), 200],
  ['a date before the change', () => ({ 'if-unmodified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' }), 412],
])('with %s', async (_, headersFor, status) => {
  const site = makeSite();
  utimesSync(join(site, 'a.txt'), new Date('2020-05-05T05:05:05.5Z'), new Date('2020-05-05T05:05:05.5Z'));
  const { ask } = await serveFolder(site);
  const { headers } = await ask('/a.txt');
  const answer = await ask('/a.txt', { headers: headersFor(headers.etag ?? '', headers['last-modified'] ?? '') });
  expect(answer.status).toBe(status);
  expect(answer.body.toString()).toBe(status === 200 ? 'content of a' : '');
  expect(answer.headers.etag).toBe(headers.etag);
});

test('a file that is written again has another ETag, also in the same second and size', async () => {
  const site = makeSite();
  const { ask } = await serveFolder(site);
  const before = (await ask('/a.txt')).headers.etag;
  writeFileSync(join(site, 'a.txt'), 'CONTENT OF A');
  expect((await ask('/a.txt')).headers.etag).not.toBe(before);
});

test.each<[string, number, string, string | undefined]>([
  ['bytes=0-3', 206, 'cont', 'bytes 0-3/12'],
  ['bytes=8-', 206, 'of a'.slice(0), 'bytes 8-11/12'],
  ['bytes=-1', 206, 'a', 'bytes 11-11/12'],
  ['bytes=-99', 206, 'content of a', 'bytes 0-11/12'],
  ['bytes=4-99', 206, 'ent of a', 'bytes 4-11/12'],
  ['bytes=12-', 416, '', 'bytes */12'],
  ['bytes=-0', 416, '', 'bytes */12'],
  ['bytes=3-1', 200, 'content of a', undefined],
  ['bytes=0-1,3-4', 200, 'content of a', undefined],
  ['bytes=-', 200, 'content of a', undefined],
  ['lines=0-3', 200, 'content of a', undefined],
  ['bytes=0-99999999999999999999', 206, 'content of a', 'bytes 0-11/12'],
])('of the range %s', async (range, status, body, contentRange) => {
  const { ask } = await serveFolder(makeSite());
  const answer = await ask('/a.txt', { headers: { range } });
  expect([answer.status, answer.body.toString(), answer.headers['content-range']]).toEqual([
    status,
    body,
    contentRange,
  ]);
});

test('a range of another version is not given, nor one of HEAD, nor one of an empty file', async () => {
  const site = makeSite();
  writeFileSync(join(site, 'empty'), '');
  const { ask } = await serveFolder(site);
  const { headers } = await ask('/a.txt');
  const range = 'bytes=0-3';
  const statusOf = async (path: string, more: object, method = 'GET') =>
    (await ask(path, { method, headers: { range, ...more } })).status;
  expect(await statusOf('/a.txt', { 'if-range': headers.etag })).toBe(206);
  expect(await statusOf('/a.txt', { 'if-range': headers['last-modified'] })).toBe(206);
  expect(await statusOf('/a.txt', { 'if-range': '"other"' })).toBe(200);
  expect(await statusOf('/a.txt', { 'if-range': `W/${headers.etag}` })).toBe(200);
  expect(await statusOf('/a.txt', {}, 'HEAD')).toBe(200);
  expect(await statusOf('/empty', {})).toBe(416);
  expect((await ask('/empty')).headers['content-length']).toBe('0');
});

test('a large file is read only as fast as the visitor reads, and let go of when he leaves', async () => {
  const folder = newFolder();
  const file = join(folder, 'big.bin');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 31);
  const { port } = await serveFolder(folder);
  const before = process.memoryUsage().rss;
  const response = await new Promise<IncomingMessage>((resolve) => void get({ port, path: '/big.bin' }, resolve));
  expect(response.headers['content-length']).toBe(`${2 ** 31}`);
  await once(response, 'readable');
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
  expect(openFiles(file)).toBe(1);
  response.destroy();
  await expect.poll(() => openFiles(file)).toBe(0);
});

test('a file that becomes shorter while it is sent breaks the answer off', async () => {
  const folder = newFolder();
  const file = join(folder, 'shrinking.bin');
  writeFileSync(file, '');
  truncateSync(file, 256 * 1024 * 1024);
  const { port } = await serveFolder(folder);
  const response = await new Promise<IncomingMessage>((resolve) => void get({ port, path: '/shrinking.bin' }, resolve));
  await once(response, 'readable');
  truncateSync(file, 1);
  await expect(text(response)).rejects.toThrow();
});

test('a file is let go of also where nothing of it is sent', async () => {
  const site = makeSite();
  const { ask } = await serveFolder(site);
  const { headers } = await ask('/a.txt', { method: 'HEAD' });
  expect((await ask('/a.txt', { headers: { 'if-none-match': headers.etag } })).status).toBe(304);
  await expect.poll(() => openFiles(join(site, 'a.txt'))).toBe(0);
});

/** How often this process has a file open; Linux says. */
function openFiles(file: string): number {
  const links = execFileSync('sh', ['-c', `ls -l /proc/${process.pid}/fd`], { encoding: 'utf8' });
  return links.split('\n').filter((line) => line.endsWith(file)).length;
}

test.each(['/a.txt', '/sub/'])('where no more files can be opened, %s is not said to be missing', async (path) => {
  const site = makeSite();
  const imports = { folders: import.meta.resolve('./folder-server.ts'), streams: 'node:stream' };
  const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
  const answer = await runOutOfFiles(
    imports,
    `const [near, far] = streams.duplexPair();
    folders.folderServer({ kind: 'folder', path: ${JSON.stringify(site)}, url: 'file:///' })(far);
    near.write(${JSON.stringify(request)});
    near.once('data', (bytes) => print(bytes.toString().split('\\r\\n', 1)[0]));`,
  );
  expect(answer).toBe('HTTP/1.1 500 Internal Server Error');
});
