// An ACME authority on loopback: pebble, which Let's Encrypt tests clients with. It looks for names where the test says.
import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';
import { freePorts } from '../../packages/server/src/edge/listener/free-ports.testkit.ts';
import { makeAuthority, makeLeaf } from '../../packages/server/src/tls/issue.ts';

export interface Pebble {
  readonly directoryUrl: string;
  /** Of its own HTTPS, a PEM file. */
  readonly caFile: string;
  readonly ca: string;
  /** What it signs certificates with, which is another one after each start. */
  root(): Promise<string>;
  /** TXT records that it finds, by name. */
  readonly texts: Map<string, string[]>;
  /** What it has written so far. */
  output(): string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PebbleOptions {
  /** Where it looks: ports of the server under test. */
  readonly tlsPort: number;
  readonly httpPort: number;
  readonly validitySeconds?: number;
  readonly externalAccount?: { readonly kid: string; readonly hmacKey: string };
  readonly env?: Record<string, string>;
  /** `ip:port` of the name server that it asks. Default: one to which every name is 127.0.0.1. */
  readonly dnsServer?: string;
}

export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const dir = await mkdtemp(join(tmpdir(), 'adit-pebble-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const pair = await makePair();
  const texts: Pebble['texts'] = new Map();
  const dns = options.dnsServer ?? (await startAddressServer(texts));
  const [port = 0, managementPort = 0] = await freePorts(2);
  const caFile = join(dir, 'ca.pem');
  const files = { 'ca.pem': pair.ca, 'cert.pem': pair.cert, 'key.pem': pair.key };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  const { tlsPort, httpPort, validitySeconds, externalAccount: account } = options;
  const pebble = {
    ...{ listenAddress: `127.0.0.1:${port}`, managementListenAddress: `127.0.0.1:${managementPort}` },
    ...{ certificate: join(dir, 'cert.pem'), privateKey: join(dir, 'key.pem'), tlsPort, httpPort },
    ...(validitySeconds !== undefined && { certificateValidityPeriod: validitySeconds }),
    externalAccountBindingRequired: account !== undefined,
    ...(account && { externalAccountMACKeys: { [account.kid]: account.hmacKey } }),
  };
  await writeFile(join(dir, 'config.json'), JSON.stringify({ pebble }));
  let child: ChildProcess | undefined;
  let output = '';
  const read = async (path: string, at = managementPort): Promise<string> => {
    const sent = get({ host: '127.0.0.1', port: at, servername: 'localhost', path, ca: pair.ca, agent: false });
    const [answer] = await once(sent, 'response');
    return await text(answer);
  };
  const stop = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  };
  const start = async (): Promise<void> => {
    child = spawn('pebble', ['-config', join(dir, 'config.json'), '-dnsserver', dns, '-strict', 'false'], {
      env: { PATH: process.env['PATH'], PEBBLE_VA_NOSLEEP: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (piece) => (output += piece));
    // It opens one port after the other.
    await vi.waitFor(() => Promise.all([read('/roots/0'), read('/dir', port)]), { timeout: 30_000 });
  };
  onTestFinished(stop);
  await start();
  const directoryUrl = `https://localhost:${port}/dir`;
  return { directoryUrl, caFile, ca: pair.ca, texts, root: () => read('/roots/0'), output: () => output, start, stop };
}

/** For HTTPS on localhost. */
export async function makePair() {
  const nowMs = Date.now();
  const authority = await makeAuthority(['localhost'], nowMs);
  const signer = { cert: authority.cert, key: createPrivateKey(authority.key), notAfterMs: nowMs + 86_400_000 };
  return { ca: authority.cert, ...(await makeLeaf(signer, { names: ['localhost'], nowMs })) };
}

/** Every name there is has the address 127.0.0.1; of others it has those texts. Answers `ip:port`. */
async function startAddressServer(texts: ReadonlyMap<string, readonly string[]>): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const questionEnd = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(questionEnd - 4);
    const found: Uint8Array[] = type === addressType ? [Buffer.of(127, 0, 0, 1)] : [];
    if (type === textType) found.push(...(texts.get(nameIn(query)) ?? []).map(textData));
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(found.length, 6);
    header.writeUInt32BE(0, 8);
    const records = found.map((data) => {
      const fixed = Buffer.from('c00c0000000100000000', 'hex');
      fixed.writeUInt16BE(type, 2);
      return Buffer.concat([fixed, Buffer.of(data.length >> 8, data.length & 0xff), data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, questionEnd), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

const addressType = 1;
const textType = 16;

function textData(text: string): Uint8Array {
  return Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)]);
}

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query[at]; at += (query[at] ?? 0) + 1) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  }
  return labels.join('.').toLowerCase();
}
