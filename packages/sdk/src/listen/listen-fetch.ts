import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Answers a request of the Fetch API. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

export interface FetchOptions {
  /** Of the endpoint: its scheme and, for a request that names no host, its host. Empty: it has labels, so http. */
  readonly url: string;
  onError(error: unknown): void;
}

/** Fields that are about one connection (RFC 9110 §7.6.1): node:http writes its own. */
const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A handler of node:http that asks one of the Fetch API. */
export function fetchListener(handler: FetchHandler, options: FetchOptions): RequestListener {
  return (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) gone.abort();
    });
    answer({ handler, incoming, outgoing, signal: gone.signal, url: options.url }).catch((error: unknown) => {
      if (!gone.signal.aborted || !isAboutLeaving(error)) options.onError(error);
      fail(outgoing);
    });
  };
}

/** That the visitor leaves is no fault of the handler's. */
function isAboutLeaving(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

interface Exchange {
  readonly handler: FetchHandler;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly signal: AbortSignal;
  readonly url: string;
}

async function answer({ handler, incoming, outgoing, signal, url }: Exchange): Promise<void> {
  const request = readRequest(incoming, { signal, url });
  if (request === undefined) return void outgoing.writeHead(400, { 'content-length': 0 }).end();
  const response = await handler(request);
  const body = response.body as ReadableStream<Uint8Array> | null;
  const isHead = incoming.method === 'HEAD';
  const length = body === null && !isHead ? undefined : lengthOf(response);
  writeHead(outgoing, response, length);
  if (body === null || isHead) {
    await body?.cancel();
    return void outgoing.end();
  }
  await pipeline(Readable.fromWeb(body), (chunks) => checked(chunks, length), outgoing);
}

/** More or fewer bytes than were said are an error, never a message that somebody reads otherwise. */
async function* checked(chunks: AsyncIterable<Uint8Array>, length: number | undefined): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of chunks) {
    sent += chunk.byteLength;
    if (sent > (length ?? sent)) break;
    yield chunk;
  }
  if (sent !== (length ?? sent))
    throw new TypeError(`The body of the response is not of its content-length, ${length}`);
}

function lengthOf({ headers }: Response): number | undefined {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Undefined: what the Fetch API has no words for, such as the method TRACE or a host that is none. */
function readRequest(
  incoming: IncomingMessage,
  { signal, url }: { signal: AbortSignal; url: string },
): Request | undefined {
  const { method = 'GET', headers } = incoming;
  const base = URL.parse(url.replace(/^(?:tcp|tls):/, 'http:'));
  // By parts and not as text: a target like "//elsewhere" is a path here.
  const address = URL.parse(
    `${base?.protocol ?? 'http:'}//${headers.host ?? base?.host ?? 'localhost'}${incoming.url}`,
  );
  if (address === null || !incoming.url?.startsWith('/')) return undefined;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>) : null;
  try {
    return new Request(address, { method, headers: headersOf(incoming), signal, body, duplex: 'half' });
  } catch {
    return undefined;
  }
}

function headersOf({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) pairs.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  return pairs;
}

function writeHead(outgoing: ServerResponse, response: Response, length: number | undefined): void {
  const lines = [...response.headers].filter(([name]) => !connectionFields.has(name) && name !== 'content-length');
  if (length !== undefined) lines.push(['content-length', `${length}`]);
  outgoing.writeHead(response.status, response.statusText, lines.flat());
}

function fail(outgoing: ServerResponse): void {
  if (outgoing.headersSent) return void outgoing.destroy();
  const text = 'The program behind this address failed\n';
  outgoing.writeHead(500, { 'content-type': 'text/plain; charset=utf-8', 'content-length': text.length }).end(text);
}
