import type { Duplex } from 'node:stream';

/** How a lenient upstream finds the end of a request. All of them must agree on what the edge sends. */
export interface Reading {
  readonly prefers: 'length' | 'chunked';
  /** Bytes that end a line, besides CRLF. */
  readonly lineEnd: RegExp;
}

/** Readers as careless as those that desync attacks need. */
export const readings: readonly Reading[] = [
  { prefers: 'length', lineEnd: /\r\n/ },
  { prefers: 'chunked', lineEnd: /\r\n/ },
  { prefers: 'length', lineEnd: /\r?\n/ },
  { prefers: 'chunked', lineEnd: /\r?\n/ },
  { prefers: 'length', lineEnd: /\r\n|\r(?!\n)|\n/ },
  { prefers: 'chunked', lineEnd: /\r\n|\r(?!\n)|\n/ },
];

export interface ReadRequest {
  readonly line: string;
  readonly host: string;
  /** False: bytes are missing. */
  readonly isWhole: boolean;
  /** Where it ends, if it is whole. */
  readonly end: number;
}

/** The requests that such an upstream finds in what it was sent. */
export function readRequests(bytes: string, reading: Reading): ReadRequest[] {
  const requests: ReadRequest[] = [];
  let rest = bytes;
  while (rest !== '') {
    const end = new RegExp(`(?:${reading.lineEnd.source}){2}`).exec(rest);
    if (!end) break;
    const [line = '', ...lines] = rest.slice(0, end.index).split(reading.lineEnd);
    const headers = new Map(lines.map((text) => pair(text)));
    rest = rest.slice(end.index + end[0].length);
    const length = contentLength(rest, headers, reading);
    const isWhole = length <= rest.length;
    rest = rest.slice(length);
    requests.push({ line, host: headers.get('host') ?? '', isWhole, end: bytes.length - rest.length });
  }
  return requests;
}

function pair(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon).trim().toLowerCase().replaceAll(/[_.]/g, '-'), text.slice(colon + 1).trim()];
}

/** Bytes of content in front of `rest`; more than there are if some are missing. */
function contentLength(rest: string, headers: ReadonlyMap<string, string>, { prefers, lineEnd }: Reading): number {
  const length = headers.get('content-length');
  const isChunked = headers.get('transfer-encoding')?.toLowerCase().includes('chunked') ?? false;
  if (!isChunked || (prefers === 'length' && length !== undefined)) return Number.parseInt(length ?? '0', 10) || 0;
  for (let at = 0; ; ) {
    const line = lineEnd.exec(rest.slice(at));
    if (!line) return rest.length + 1;
    const size = Number.parseInt(rest.slice(at), 16) || 0;
    const data = at + line.index + line[0].length;
    if (size > 0) {
      at = data + size + 2;
      if (at > rest.length) return rest.length + 1;
      continue;
    }
    const end = new RegExp(`(?:${lineEnd.source}){2}`).exec(rest.slice(at));
    return end ? at + end.index + end[0].length : rest.length + 1;
  }
}

const strict: Reading = { prefers: 'chunked', lineEnd: /\r\n/ };

/** Answers each request with its own host and path; those for `/early` at the head, without reading what follows. */
export function answerRequests(stream: Duplex, onBytes: (bytes: string) => void): void {
  let text = '';
  let isEarly = false;
  stream.on('error', () => {});
  stream.on('end', () => stream.end());
  stream.on('data', (chunk: Buffer) => {
    onBytes(chunk.toString('latin1'));
    text += chunk.toString('latin1');
    let end = 0;
    for (const request of readRequests(text, strict)) {
      const path = request.line.split(' ')[1] ?? '';
      if (!request.isWhole && path !== '/early') break;
      if (!isEarly) answer(stream, `${request.host} ${path}`);
      isEarly = !request.isWhole;
      if (request.isWhole) end = request.end;
    }
    text = text.slice(end);
  });
}

function answer(stream: Duplex, body: string): void {
  stream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}
