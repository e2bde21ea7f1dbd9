import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { encodeProxyProtocol } from '@adit/wire';
import { expect, onTestFinished, test } from 'vitest';
import { makeTestCertificate } from '../test-ca.testkit.ts';
import { openForward, serve } from './relay-session.testkit.ts';
import type { Tap, TappedConnection } from './tap.ts';

interface Recorded {
  readonly connection: TappedConnection;
  visitor: string;
  upstream: string;
  readonly closed: unknown[];
}

function recorder(): { tap: Tap; records: Recorded[] } {
  const records: Recorded[] = [];
  const tap: Tap = (connection) => {
    const record: Recorded = { connection, visitor: '', upstream: '', closed: [] };
    records.push(record);
    return {
      fromVisitor: (bytes) => void (record.visitor += Buffer.from(bytes).toString('latin1')),
      fromUpstream: (bytes) => void (record.upstream += Buffer.from(bytes).toString('latin1')),
      closed: (error) => void record.closed.push(error),
    };
  };
  return { tap, records };
}

test('a tap sees what passes both ways, whose it is, and the end', async () => {
  const port = await serve((socket) => socket.once('data', () => socket.end('answer')));
  const { tap, records } = recorder();
  const { visit } = await openForward({ upstream: `${port}`, tap });
  const stream = visit();
  stream.end('question');
  expect(await text(stream)).toBe('answer');
  await expect
    .poll(() => records)
    .toEqual([
      {
        connection: { forwardId: 'ep_0', clientAddress: '192.0.2.7:51234' },
        visitor: 'question',
        upstream: 'answer',
        closed: [null],
      },
    ]);
});

test('a tap sees the PROXY header as well where TLS follows it to the upstream', async () => {
  const { cert, key } = await makeTestCertificate();
  const header = encodeProxyProtocol(1, {
    ...{ clientIp: '192.0.2.7', clientPort: 51234, serverIp: '192.0.2.1', serverPort: 443 },
  });
  const port = await serve((socket) => {
    socket.once('readable', () => {
      expect(socket.read(header.length)).toEqual(header);
      const tls = new TLSSocket(socket, { isServer: true, cert, key });
      tls.once('data', () => tls.end('answer'));
    });
  });
  const { tap, records } = recorder();
  const { visit } = await openForward({ upstream: `https://localhost:${port}`, proxyProtocol: 1, tap });
  const stream = visit();
  stream.write(header);
  stream.end('question');
  expect(await text(stream)).toBe('answer');
  expect(records[0]).toMatchObject({ visitor: `${header.toString()}question`, upstream: 'answer' });
});

test('a tap is told that the upstream could not be reached', async () => {
  const { tap, records } = recorder();
  const { visit } = await openForward({ upstream: 'http://nowhere.invalid', tap });
  visit().resume();
  await expect.poll(() => records[0]?.closed).toEqual([expect.objectContaining({ code: 8012 })]);
});

test('a tap may decline, and the bytes pass all the same', async () => {
  const port = await serve((socket) => void socket.pipe(socket));
  const { visit } = await openForward({ upstream: `${port}`, tap: () => undefined });
  const stream = visit();
  stream.end('hello');
  expect(await text(stream)).toBe('hello');
});

test('a tapped visitor who does not read holds the upstream up like any other', async () => {
  let seen = 0;
  const tap: Tap = () => ({ fromVisitor() {}, fromUpstream: (bytes) => void (seen += bytes.length), closed() {} });
  const limit = 64 * 1024 * 1024;
  let written = 0;
  const stuck = Promise.withResolvers<void>();
  const port = await serve((socket) => {
    const block = Buffer.alloc(1024 * 1024);
    const next = () => {
      written += block.length;
      const stop = setTimeout(stuck.resolve, 300);
      socket.write(block, (error) => {
        clearTimeout(stop);
        if (!error && written < limit) next();
        else stuck.resolve();
      });
    };
    next();
  });
  const { visit } = await openForward({ upstream: `${port}`, tap });
  visit();
  await stuck.promise;
  expect(written).toBeLessThan(limit);
  expect(seen).toBeLessThanOrEqual(written);
});

test('a tap sees what a folder is asked and answers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'adit-tap-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.txt'), 'content');
  const { tap, records } = recorder();
  const { visit } = await openForward({ upstream: pathToFileURL(folder).href, tap });
  const sent = request({ createConnection: () => visit(), path: '/a.txt', headers: { connection: 'close' } });
  sent.end();
  const response = await new Promise<IncomingMessage>((resolve) => void sent.on('response', resolve));
  expect(await text(response)).toBe('content');
  await expect.poll(() => records[0]?.closed.length).toBe(1);
  expect(records[0]?.visitor).toMatch(/^GET \/a\.txt HTTP\/1\.1\r\n/);
  expect(records[0]?.upstream).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*content$/);
});
