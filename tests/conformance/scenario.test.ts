import { expect, test } from 'vitest';
import { runScenario } from './run-scenario.ts';
import { parseScenario } from './scenario.ts';

const head = 'A title\nsource: T1\nh2: no, a reason\n';

test('parseScenario() reads title, fields, steps and their bytes', () => {
  const text = `# a comment\n${head}node:http: differs, it is older\nlimits: maxHeadBytes=9 maxHeaderLines=2\ntrusts: a b\n
visitor sends
  GET /\\r\\n
    indented
clock advances 500
app 2 receives
  {ours}
`;
  expect(parseScenario('x', text)).toEqual({
    ...{ name: 'x', title: 'A title', source: 'T1', referenceDiffers: 'it is older' },
    ways: new Set(['lean', 'node:http']),
    reasons: new Map([['h2', 'a reason']]),
    limits: { maxHeadBytes: 9, maxHeaderLines: 2 },
    ...{ trusts: ['a', 'b'], sendsForwarded: false },
    steps: [
      {
        ...{ actor: { kind: 'visitor', number: 1 }, verb: 'sends', amount: 0, line: 9 },
        lines: ['GET /\\r\\n', '  indented'],
        content: [{ kind: 'text', text: 'GET /\r\n  indented' }],
      },
      { actor: { kind: 'clock', number: 1 }, verb: 'advances', amount: 500, line: 12, lines: [], content: [] },
      {
        ...{ actor: { kind: 'app', number: 2 }, verb: 'receives', amount: 0, line: 13, lines: ['{ours}'] },
        content: [
          { kind: 'text', text: expect.stringMatching(/^X-Forwarded-For: [^]*adit-request-id: $/) },
          { kind: 'requestId' },
          { kind: 'text', text: '\r\n' },
        ],
      },
    ],
  });
});

test.each<[string, string, string[]]>([
  ['h2: same', 'T\nsource: T1\nh2: same\n', ['lean', 'node:http', 'h2']],
  ['only: h2', 'T\nsource: T1\nonly: h2\n', ['h2']],
])('%s names the ways', (_, text, expected) => {
  expect([...parseScenario('x', text).ways]).toEqual(expected);
});

test.each<[string, string]>([
  ['a title', ''],
  ['a source', 'T\nh2: same\n'],
  ['what to do over HTTP/2', 'T\nsource: T1\n'],
  ['a reason for leaving HTTP/2 out', 'T\nsource: T1\nh2: no\n'],
  ['known fields', `${head}colour: red\n`],
  ['known steps', `${head}visitor sings\n`],
  ['known actors', `${head}server sends\n`],
  ['a step for its bytes', `${head}\n  GET /\n`],
  ['escapes that can be read', `${head}visitor sends\n  \\q\n`],
])('a scenario needs %s', (_, text) => {
  expect(() => parseScenario('x', text)).toThrow(SyntaxError);
});

const get = `visitor sends
  GET / HTTP/1.1\\r\\n
  Host: app.example.test\\r\\n
  \\r\\n
`;
const got = `app receives
  GET / HTTP/1.1\\r\\n
  Host: app.example.test\\r\\n
  {ours}
  \\r\\n
`;
const answer = `app sends
  HTTP/1.1 200 OK\\r\\n
  Content-Length: 2\\r\\n
  \\r\\n
  ok
`;
const answered = answer.replace('app sends', 'visitor receives');

test.each(['lean', 'node:http'] as const)('runScenario() plays a good scenario on %s', async (way) => {
  await runScenario(parseScenario('x', head + get + got + answer + answered), way);
});

test.each<[string, string, RegExp]>([
  ['a byte that differs upstream', get + got.replace('GET', 'PUT'), /^line 8: app 1 differs at byte 0/],
  [
    'a byte that differs at the visitor',
    get + got + answer + answered.replace('ok', 'oK'),
    /^line \d+: visitor 1 differs/,
  ],
  ['bytes that nobody expected', get + got + answer, /^at the end: visitor 1 got more than it should/],
  ['a request that nobody expected', get + answer + answered, /^at the end: app 1 got more than it should/],
  [
    'a stream that should not be',
    `${get + got}visitor resets\napp receives nothing\n`,
    /^at the end: a stream to app was opened/,
  ],
  [
    'an end that does not come as said',
    `visitor sends\n  X\\r\\n\nvisitor is cut\n`,
    /^line \d+: visitor 1 (got more|was ended)/,
  ],
])('runScenario() notices %s', async (_, steps, message) => {
  await expect(runScenario(parseScenario('x', head + steps), 'lean')).rejects.toThrow(message);
});
