import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { nodeHttp } from '../node-http.ts';
import type { FolderUpstream } from '../upstream/upstream.ts';
import { answerFile } from './folder-answer.ts';
import { listing } from './folder-listing.ts';
import { openInFolder } from './folder-open.ts';
import { readFolderPath } from './folder-path.ts';

type Accept = (stream: Duplex) => void;

const servers = new WeakMap<FolderUpstream, Accept>();

/**
 * Serves the files of a folder over HTTP/1.1 on the streams handed to it: GET and HEAD, `index.html` or a list of what is
 * there, single ranges, ETag and Last-Modified. Nothing whose name begins with a dot, no symbolic link, nothing but regular
 * files and folders, nothing outside. (A hard link is the file itself, and cannot be told from it.)
 */
export function folderServer(upstream: FolderUpstream): Accept {
  const known = servers.get(upstream);
  if (known) return known;
  const server = nodeHttp().createServer((request, response) => {
    request.resume();
    answer({ root: upstream.path, request, response }).catch(() => fail(response));
  });
  const accept: Accept = (stream) => void server.emit('connection', stream);
  servers.set(upstream, accept);
  return accept;
}

interface Exchange {
  readonly root: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer({ root, request, response }: Exchange): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return say(response, 405, 'Only GET and HEAD are served here');
  }
  const path = readFolderPath(request.url ?? '');
  if (path === undefined) return say(response, 404, 'There is no such file');
  const found = await openInFolder(root, path.segments);
  if (found === undefined) return say(response, 404, 'There is no such file');
  if (found.kind === 'folder') return answerFolder({ root, request, response }, path);
  try {
    // `/page.html/` would be another address for the same, with other relative links.
    if (path.isFolder) return say(response, 404, 'There is no such file');
    await answerFile(request, response, found);
  } finally {
    await found.handle.close();
  }
}

async function answerFolder({ root, request, response }: Exchange, path: ReadPath): Promise<void> {
  if (!path.isFolder) {
    const location = `/${path.segments.map(encodeURIComponent).join('/')}/${path.query}`;
    response.setHeader('location', location);
    return say(response, 308, `The folder is at ${location}`);
  }
  const index = await openInFolder(root, [...path.segments, 'index.html']);
  if (index?.kind === 'file') {
    try {
      return await answerFile(request, response, index);
    } finally {
      await index.handle.close();
    }
  }
  const page = await listing(root, path.segments);
  if (page === undefined) return say(response, 404, 'There is no such file');
  response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(page));
  response.end(page);
}

type ReadPath = NonNullable<ReturnType<typeof readFolderPath>>;

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text) + 1,
  });
  response.end(`${text}\n`);
}

/** Of an answer that has begun, half must not look whole. */
function fail(response: ServerResponse): void {
  if (response.headersSent) return void response.destroy();
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  say(response, 500, 'The file cannot be read');
}
