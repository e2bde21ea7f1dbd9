// What an attacker sends to make edge and upstream, or two streams, disagree on where a request ends: every payload hides a
// second request behind an ambiguity. None of them is a second request by the rules, so none may become one.

/** One attempt. `bytes` for an HTTP/1.1 connection, `frames` (as FramesParty reads them) for HTTP/2. */
export interface Attempt {
  readonly title: string;
  readonly bytes: string | null;
  readonly frames: readonly string[] | null;
}

/** Stands in the target of the hidden request. */
export const marker = 'marker';

const start = 'POST /cover HTTP/1.1\r\nHost: app.example.test\r\n';
const asChunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Lines that one reader takes for `Transfer-Encoding: chunked` and another does not (T2, T3). */
const codingLines: readonly string[] = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding: CHUNKED',
  'tRANSFER-eNCODING: chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  'Transfer-Encoding\x00: chunked',
  'Transfer-Encoding\r\n: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding:\x0cchunked',
  'Transfer-Encoding: \x00chunked',
  'Transfer-Encoding: \xa0chunked',
  'Transfer-Encoding: chun\x00ked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: ,chunked',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  ' Transfer-Encoding: chunked',
  'X-A: b\r\n Transfer-Encoding: chunked',
  'X-A: b\nTransfer-Encoding: chunked',
  'X-A: b\rTransfer-Encoding: chunked',
  'X-A: b\x00Transfer-Encoding: chunked',
  'X-A: "\r\nTransfer-Encoding: chunked\r\nX-B: "',
  'Transfer_Encoding: chunked',
  'Transfer.Encoding: chunked',
  'Content-Encoding: chunked',
];

/** Lengths that one reader takes for another number than the next does (T1). `N` is the right one, `0` a lie. */
const lengthLines: readonly string[] = [
  'Content-Length: N\r\nContent-Length: 0',
  'Content-Length: 0\r\nContent-Length: N',
  'Content-Length: 0, N',
  'Content-Length: N, 0',
  'Content-Length: +N',
  'Content-Length: -0',
  'Content-Length: 0x0',
  'Content-Length: 0 N',
  'Content-Length: \x0bN',
  'Content-Length : N',
  'Content-Length\t: N',
  'Content-Length:\r\n N',
  'Content-Length: N\x00',
  'Content-Length: N.0',
  'Content-Length: 1e1',
  'Content-Length:',
  'Content-Length: 18446744073709551616',
  'X-A: b\nContent-Length: N',
  'X-A: b\rContent-Length: N',
  ' Content-Length: N',
];

/** Heads that end early, or begin again, for whoever takes other bytes for line ends (T3). `$` is the hidden request. */
const splitHeads: readonly string[] = [
  `${start}X-A: b\n\n$`,
  `${start}X-A: b\r\r$`,
  `${start}X-A: b\r\n\n$`,
  `${start}X-A: b\n\r\n$`,
  `${start}X-A: b\x00\x00$`,
  `${start}X-A: b\x0b\x0b$`,
  `${start}X-A: b\x85\x85$`,
  'GET /cover HTTP/1.1\nHost: app.example.test\n\n$',
  'GET /cover HTTP/1.1\rHost: app.example.test\r\r$',
  'GET /cover HTTP/1.1\r\nHost: app.example.test\n\n$',
  'GET /cover\r\n$',
  'GET /cover HTTP/0.9\r\n\r\n$',
  'GET /cover HTTP/1.1 $',
  'GET /cover HTTP/1.1\t$',
  'GET /cover?\n$',
  'GET /cover HTTP/1.1\r\nHost: app.example.test\r\nX-A:\n$',
];

/** Content in chunks that one reader ends where another goes on (T4). */
const chunkedBodies: readonly string[] = [
  '0\n\n$',
  '0\r\n\n$',
  '0\n\r\n$',
  '0\r\r\n$',
  '0 \r\n\r\n$',
  '\t0\r\n\r\n$',
  '+0\r\n\r\n$',
  '-0\r\n\r\n$',
  '0x0\r\n\r\n$',
  '0_0\r\n\r\n$',
  '0.\r\n\r\n$',
  '\r\n0\r\n\r\n$',
  '3\r\nabc0\r\n\r\n$',
  '3\r\nabcXX0\r\n\r\n$',
  '3\r\nabc\n0\r\n\r\n$',
  '3\r\nabc\r0\r\n\r\n$',
  '3\nabc\r\n0\r\n\r\n$',
  '3;a\n0\r\n\r\n$',
  '3;\nabc\r\n0\r\n\r\n$',
  '3;a\r0\r\n\r\n$',
  '3;a="\n"\r\nabc\r\n0\r\n\r\n$',
  '3;a\x00\r\nabc\r\n0\r\n\r\n$',
  '10000000000000003\r\nabc\r\n0\r\n\r\n$',
  'FFFFFFFFFFFFFFFF0\r\n\r\n$',
  '100000000\r\n0\r\n\r\n$',
  '0\r\nContent-Length: 5\r\n \r\n$',
  '0\r\nX-A: b\n\n$',
  '0\r\nX-A\r\n\r\n$',
  '0\r\n X-A: b\r\n\r\n$',
  '0\r\n: b\r\n\r\n$',
  '0\r\nX-A : b\r\n\r\n$',
  '0\r\nX-A: b\x00\r\n\r\n$',
  '0\r\n$',
];

/** Content that an upstream might not read, because it answers to the head alone (T5). */
const unreadHeads: readonly string[] = [
  'Expect: 100-continue',
  'Expect: 100-Continue',
  'Expect: 100-continue\r\nConnection: keep-alive',
  'Expect: 100-continue\r\nConnection: Content-Length',
  'Connection: Content-Length, Transfer-Encoding, Host',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'Content_Length: 0',
  'X-A: b',
];

const pseudo = ['  :scheme: https', '  :authority: app.example.test'];

/** Streams whose lines become more lines for whoever writes them into an HTTP/1.1 head as they are (T6). `$`: in escapes. */
function framesOf(hidden: string): [string, string[]][] {
  const post = ['  :method: POST', ...pseudo, '  :path: /cover'];
  const get = ['  :method: GET', ...pseudo, '  :path: /cover'];
  const whole = 'HEADERS 1 end_stream end_headers';
  const open = 'HEADERS 1 end_headers';
  const data = (text: string): string[] => ['DATA 1 end_stream', `  ${text}`];
  const length = hidden.replaceAll(/\\[rn]/g, '.').length;
  return [
    ['a value', [whole, ...get, `  x-a: b\\r\\n\\r\\n${hidden}`]],
    ['a value with LF', [whole, ...get, `  x-a: b\\n\\n${hidden}`]],
    [
      'a value with a coding',
      [open, ...post, '  x-a: b\\r\\nTransfer-Encoding: chunked', ...data(`0\\r\\n\\r\\n${hidden}`)],
    ],
    ['a name', [whole, ...get, `  x-a: b\\r\\n\\r\\n${hidden}x: y`]],
    [
      'a name with a coding',
      [open, ...post, '  transfer-encoding: chunked\\r\\nx: y', ...data(`0\\r\\n\\r\\n${hidden}`)],
    ],
    [
      'the path',
      [whole, '  :method: GET', ...pseudo, `  :path: /cover HTTP/1.1\\r\\nHost: app.example.test\\r\\n\\r\\n${hidden}`],
    ],
    ['the path, with a space', [whole, '  :method: GET', ...pseudo, `  :path: /${marker} HTTP/1.1`]],
    ['the method', [whole, `  :method: GET /${marker} HTTP/1.1\\r\\nX: `, ...pseudo, '  :path: /cover']],
    ['the method, with a space', [whole, `  :method: GET /${marker}`, ...pseudo, '  :path: /cover']],
    [
      'the authority',
      [
        whole,
        '  :method: GET',
        '  :scheme: https',
        `  :authority: app.example.test\\r\\n\\r\\n${hidden}`,
        '  :path: /cover',
      ],
    ],
    [
      'the scheme',
      [
        whole,
        '  :method: GET',
        `  :scheme: https://x/ HTTP/1.1\\r\\n\\r\\n${hidden}`,
        '  :authority: app.example.test',
        '  :path: /cover',
      ],
    ],
    ['Host', [whole, ...get, `  host: app.example.test\\r\\n\\r\\n${hidden}`]],
    ['Transfer-Encoding', [open, ...post, '  transfer-encoding: chunked', ...data(`0\\r\\n\\r\\n${hidden}`)]],
    [
      'Transfer-Encoding in capitals',
      [open, ...post, '  Transfer-Encoding: chunked', ...data(`0\\r\\n\\r\\n${hidden}`)],
    ],
    ['transfer_encoding', [open, ...post, '  transfer_encoding: chunked', ...data(`0\\r\\n\\r\\n${hidden}`)]],
    ['a length of zero', [open, ...post, '  content-length: 0', ...data(hidden)]],
    ['a length that is too short', [open, ...post, '  content-length: 4', ...data(hidden)]],
    ['two lengths', [open, ...post, '  content-length: 0', `  content-length: ${length}`, ...data(hidden)]],
    ['a list of lengths', [open, ...post, `  content-length: 0, ${length}`, ...data(hidden)]],
    ['content without a length', [open, ...post, ...data(`0\\r\\n\\r\\n${hidden}`)]],
    [
      'trailers',
      [open, ...post, 'DATA 1', '  abc', 'HEADERS 1 end_stream end_headers', `  x-a: b\\r\\n\\r\\n${hidden}`],
    ],
    [
      'a trailer name',
      [open, ...post, 'DATA 1', '  abc', 'HEADERS 1 end_stream end_headers', `  x\\r\\n\\r\\n${hidden}: y`],
    ],
    ['Connection', [whole, ...get, '  connection: content-length, transfer-encoding']],
    ['Upgrade', [open, ...post, '  upgrade: websocket', '  connection: upgrade', ...data(hidden)]],
    ['CONNECT', [open, '  :method: CONNECT', '  :authority: app.example.test', ...data(hidden)]],
    [
      'CONNECT for a protocol that is none',
      [open, '  :method: CONNECT', '  :protocol: http', ...pseudo, '  :path: /cover', ...data(hidden)],
    ],
  ];
}

/** All attempts, with the hidden request naming this host. */
export function attemptsAgainst(host: string): Attempt[] {
  const hidden = `GET /${marker} HTTP/1.1\r\nHost: ${host}\r\nX-A: b\r\n\r\n`;
  const attempts: Attempt[] = [];
  // Into the hidden request: what a reader of the length finds behind it is no request either.
  const lie = 8;
  const add = (title: string, bytes: string): void =>
    void attempts.push({ title: `${title}, ${host}`, bytes, frames: null });
  for (const line of codingLines) {
    const shown = JSON.stringify(line);
    for (const [shape, body] of [
      ['behind the last chunk', `0\r\n\r\n${hidden}`],
      ['inside a chunk', `${asChunk(hidden)}0\r\n\r\n`],
    ] as const) {
      for (const length of [body.length, lie]) {
        add(
          `${shown} behind length ${length}, ${shape}`,
          `${start}Content-Length: ${length}\r\n${line}\r\n\r\n${body}`,
        );
        add(
          `${shown} before length ${length}, ${shape}`,
          `${start}${line}\r\nContent-Length: ${length}\r\n\r\n${body}`,
        );
      }
    }
  }
  for (const line of lengthLines)
    add(JSON.stringify(line), `${start}${line.replaceAll('N', String(hidden.length))}\r\n\r\n${hidden}`);
  for (const head of splitHeads) add(JSON.stringify(head.slice(-20)), head.replace('$', hidden));
  for (const body of chunkedBodies)
    add(`chunks ${JSON.stringify(body)}`, `${start}Transfer-Encoding: chunked\r\n\r\n${body.replace('$', hidden)}`);
  for (const lines of unreadHeads) {
    const head = `POST /early HTTP/1.1\r\nHost: app.example.test\r\n${lines}\r\n`;
    add(`unread ${JSON.stringify(lines)}`, `${head}Content-Length: ${hidden.length}\r\n\r\n${hidden}`);
    add(
      `unread ${JSON.stringify(lines)}, in chunks`,
      `${head}Transfer-Encoding: chunked\r\n\r\n${asChunk(hidden)}0\r\n\r\n`,
    );
  }
  const written = hidden.replaceAll('\r\n', '\\r\\n');
  for (const [where, frames] of framesOf(written))
    attempts.push({ title: `HTTP/2, ${where}, ${host}`, bytes: null, frames });
  return attempts;
}

/** Answers of a hostile upstream that carry a second one for somebody else (T11). */
export const doubleAnswers: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok$',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n$',
  'HTTP/1.1 204 No Content\r\n\r\n$',
  'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n$',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n$',
  'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n$',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-A: b\r\n\r\n$',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n$',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 0\r\n\r\nok$',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: identity\r\n\r\nok$',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\nok$',
  'HTTP/1.1 200 OK\r\nX-A: b\r\r$',
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n$',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok$',
  'HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok$',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok$',
];
