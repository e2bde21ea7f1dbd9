import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { folderServer } from './folder-server.ts';

export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'adit-folder-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface ServedFolder {
  readonly port: number;
  ask(path: string, options?: { method?: string; headers?: OutgoingHttpHeaders }): Promise<Answer>;
  /** What comes to bytes that no HTTP client would send. */
  raw(bytes: string): Promise<string>;
}

/** Serves a folder on real sockets. */
export async function serveFolder(path: string): Promise<ServedFolder> {
  const accept = folderServer({ kind: 'folder', path, url: pathToFileURL(path).href });
  const server = createServer({ allowHalfOpen: true }, accept);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const ask: ServedFolder['ask'] = async (target, options = {}) => {
    const sent = request({ port, path: target, agent: false, ...options }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
  };
  const raw: ServedFolder['raw'] = async (bytes) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(bytes);
    return (await buffer(socket)).toString('latin1');
  };
  return { port, ask, raw };
}
