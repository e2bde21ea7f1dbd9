import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureConnection } from './capture.testkit.ts';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const answerOk = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

type Step = readonly ['visitor', string] | readonly ['upstream', string] | readonly ['closed', AditError | null];

function sequence(steps: readonly Step[]) {
  const connection = captureConnection();
  for (const step of steps) {
    if (step[0] === 'visitor') connection.capture.fromVisitor(bytesOf(step[1]));
    else if (step[0] === 'upstream') connection.capture.fromUpstream(bytesOf(step[1]));
    else connection.capture.closed(step[1]);
  }
  return connection.captures().map((one) => ({
    target: one.request.head.target,
    status: one.answer?.head.status ?? null,
    state: one.state,
    problem: one.problem,
    body: one.answer?.body.bytes.toString('latin1') ?? '',
    isTimed: one.endMs !== null,
  }));
}

const get = (target: string, more = ''): ['visitor', string] => [
  'visitor',
  `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`,
];

describe('what is captured of one connection', () => {
  it.each<[string, readonly Step[], object[]]>([
    [
      'one exchange',
      [get('/a'), ['upstream', answerOk]],
      [{ target: '/a', status: 200, state: 'complete', body: 'ok' }],
    ],
    [
      'one after the other',
      [get('/a'), ['upstream', answerOk], get('/b'), ['upstream', answerOk]],
      [{ target: '/a' }, { target: '/b', state: 'complete', body: 'ok' }],
    ],
    [
      'pipelined, both answers in one piece',
      [
        ['visitor', get('/a')[1] + get('/b')[1]],
        ['upstream', answerOk + answerOk],
      ],
      [
        { target: '/a', state: 'complete' },
        { target: '/b', state: 'complete', body: 'ok' },
      ],
    ],
    [
      'HEAD and a pipelined GET behind it',
      [
        ['visitor', 'HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n' + get('/b')[1]],
        ['upstream', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n' + answerOk],
      ],
      [
        { status: 200, body: '', state: 'complete' },
        { status: 200, body: 'ok', state: 'complete' },
      ],
    ],
    [
      'interim answers, unseen',
      [get('/a'), ['upstream', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' + answerOk]],
      [{ status: 200, body: 'ok' }],
    ],
    [
      'an answer that ends with the connection',
      [get('/a'), ['upstream', 'HTTP/1.0 200 OK\r\n\r\nall'], ['upstream', ' of it'], ['closed', null]],
      [{ body: 'all of it', state: 'complete' }],
    ],
    [
      'the same, broken off',
      [get('/a'), ['upstream', 'HTTP/1.0 200 OK\r\n\r\nhalf'], ['closed', new AditError(9005)]],
      [{ body: 'half', state: 'cut', problem: 'The connection to the service was lost' }],
    ],
    [
      'an upgrade, and nothing behind it',
      [
        get('/a', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
        [
          'upstream',
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello',
        ],
        get('/not-http-any-more'),
        ['closed', null],
      ],
      [{ target: '/a', status: 101, state: 'switched', problem: null }],
    ],
    ['no answer at all', [get('/a'), ['closed', new AditError(9005)]], [{ status: null, state: 'cut', isTimed: true }]],
    ['an answer that is no HTTP', [get('/a'), ['upstream', 'SSH-2.0\r\n']], [{ status: null, state: 'cut' }]],
    [
      'bytes that are no HTTP',
      [
        ['visitor', '\x16\x03\x01 hello'],
        ['upstream', 'x'],
        ['closed', null],
      ],
      [],
    ],
    ['HTTP/2, which is not read', [['visitor', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']], []],
    ['an answer to nothing', [['upstream', answerOk], get('/a')], []],
    [
      'a request behind a PROXY header of version 1',
      [
        ['visitor', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r'],
        ['visitor', '\n' + get('/a')[1]],
        ['upstream', answerOk],
      ],
      [{ target: '/a', state: 'complete' }],
    ],
    [
      'a request behind a PROXY header of version 2',
      [
        ['visitor', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c' + 'x'.repeat(12) + get('/a')[1]],
        ['upstream', answerOk],
      ],
      [{ target: '/a', state: 'complete' }],
    ],
    ['a PROXY header without end', [['visitor', 'PROXY ' + 'x'.repeat(2000)], get('/a')], []],
  ])('%s', (_title, steps, expected) => {
    expect(sequence(steps)).toMatchObject(expected);
    expect(sequence(steps)).toHaveLength(expected.length);
  });

  it('the early answer to a request whose body still comes', () => {
    const { capture, captures } = captureConnection();
    capture.fromVisitor(bytesOf('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc'));
    capture.fromUpstream(bytesOf(answerOk));
    capture.fromVisitor(bytesOf('def'));
    expect(captures()[0]).toMatchObject({ state: 'complete' });
    expect(captures()[0]?.request.body.bytes.toString()).toBe('abcdef');
  });

  it('only so many requests that wait for answers', () => {
    const { capture, captures } = captureConnection({ maxPipelinedRequests: 2 });
    capture.fromVisitor(bytesOf(get('/a')[1].repeat(3)));
    expect(captures().map(({ state }) => state)).toEqual(['cut', 'cut']);
  });

  it('a body up to its limit, and the size of all of it', () => {
    const { capture, captures } = captureConnection({ maxBodyBytes: 10 });
    capture.fromVisitor(bytesOf('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n'));
    for (let at = 0; at < 30; at += 3) capture.fromVisitor(bytesOf('abc'));
    const body = captures()[0]?.request.body;
    expect(body).toMatchObject({ totalBytes: 30, isTruncated: true });
    expect(body?.bytes.toString()).toBe('abcabcabca');
  });

  it('bytes as they were, though their memory is used again', () => {
    const { capture, captures } = captureConnection();
    const memory = Buffer.alloc(64);
    for (const text of ['POST /a HTTP/1.1\r\nHo', 'st: a\r\nContent-Length: 6\r\n\r\nabc', 'def']) {
      const length = memory.write(text, 'latin1');
      capture.fromVisitor(new Uint8Array(memory.buffer, memory.byteOffset, length));
      memory.fill('!');
    }
    const [one] = captures();
    expect(one?.request.head).toMatchObject({ target: '/a', headers: ['Host', 'a', 'Content-Length', '6'] });
    expect(one?.request.body.bytes.toString()).toBe('abcdef');
  });
});

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/).map((name) => `X-${name}`);
const value = fc.stringMatching(/^(?:[!-~](?:[ -~]{0,10}[!-~])?)?$/);
const body = fc.oneof(
  fc.record({ kind: fc.constant('none' as const), text: fc.constant('') }),
  fc.record({ kind: fc.constantFrom('length' as const, 'chunked' as const), text: latin1() }),
);
const message = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD'),
  target: fc.stringMatching(/^\/[a-z0-9?=&%]{0,12}$/),
  lines: fc.array(fc.tuple(token, value), { maxLength: 3 }),
  request: body,
  interim: fc.boolean(),
  status: fc.constantFrom(200, 201, 404, 500),
  answer: body,
});

function latin1() {
  return fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
}

function framed({ kind, text }: { kind: string; text: string }): [lines: string, content: string] {
  if (kind === 'length') return [`Content-Length: ${text.length}\r\n`, text];
  if (kind === 'none') return ['', ''];
  const cut = Math.ceil(text.length / 2);
  const chunks = [text.slice(0, cut), text.slice(cut)].filter((chunk) => chunk !== '');
  const parts = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  return ['Transfer-Encoding: chunked\r\n', `${parts.join('')}0\r\n\r\n`];
}

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

function requestText({ method, target, lines, request }: Message): string {
  const [framing, content] = framed(request);
  const own = lines.map(([name, text]) => `${name}: ${text}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\nHost: a\r\n${own}${framing}\r\n${content}`;
}

function answerText({ method, status, interim, answer }: Message): string {
  const [framing, content] = framed(answer.kind === 'none' ? { kind: 'length', text: '' } : answer);
  const before = interim ? 'HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n' : '';
  return `${before}HTTP/1.1 ${status} Reason\r\n${framing}\r\n${method === 'HEAD' ? '' : content}`;
}

/** Cuts into pieces of these sizes, taken in turn. */
function* pieces(text: string, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytesOf(text.slice(at, at + size));
    at += size;
  }
}

it('whatever messages come in whatever pieces, each is captured whole', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      sizes,
      sizes,
      fc.boolean(),
      (all, up, down, isPipelined) => {
        const { capture, captures, ended } = captureConnection();
        for (const group of isPipelined ? [all] : all.map((one) => [one])) {
          for (const piece of pieces(group.map(requestText).join(''), up)) capture.fromVisitor(piece);
          for (const piece of pieces(group.map(answerText).join(''), down)) capture.fromUpstream(piece);
        }
        const seen = captures().map(({ state, request, answer }) => ({
          ...{ state, method: request.head.method, target: request.head.target, status: answer?.head.status },
          headers: request.head.headers.filter((name) => name.startsWith('X-')),
          request: request.body.bytes.toString('latin1'),
          answer: answer?.body.bytes.toString('latin1'),
        }));
        const expected = all.map(({ method, target, status, lines, request, answer }) => ({
          ...{ state: 'complete', method, target, status, request: request.text },
          headers: lines.flatMap((line) => line.filter((name) => name.startsWith('X-'))),
          answer: method === 'HEAD' ? '' : answer.text,
        }));
        expect(seen).toEqual(expected);
        expect(ended).toHaveLength(all.length);
      },
    ),
    { numRuns: 500 },
  );
});

it('whatever bytes come, nothing is thrown and nothing stays pending', () => {
  const noise = fc.array(
    fc.tuple(fc.boolean(), fc.oneof(latin1(), fc.constantFrom(get('/')[1], answerOk, '\r\n', 'PROXY '))),
  );
  fc.assert(
    fc.property(noise, (all) => {
      const { capture, captures } = captureConnection();
      for (const [isUp, text] of all) (isUp ? capture.fromVisitor : capture.fromUpstream).call(capture, bytesOf(text));
      capture.closed(null);
      expect(captures().filter(({ state }) => state === 'pending')).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
