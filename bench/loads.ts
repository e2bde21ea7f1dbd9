import type { Delay, Load, Pace, Protocol, Work } from './job.ts';

const flatOut: Pace = { kind: 'flatOut', seconds: 1 };
/** A single large exchange is made smaller when it would take longer. */
const once: Pace = { kind: 'once', seconds: 4 };
const bulkBytes = 400_000_000;
const roundTripMs = 100;

/** The name of the load whose latencies are compared with the direct way. */
export const lowLoadName = 'low load: 200 requests/s';

const words: Readonly<Record<number, string>> = { 100: '100 B', 10_000: '10 KB', 1_000_000: '1 MB' };
const shortOnes = ['h1 100 B, c=1', 'h1 100 B, c=64', 'h2 100 B, c=64', 'h2 100 B, c=1×64'];

/** Everything the benchmark can measure between a visitor and the origin. */
export const loads: readonly Load[] = [
  ...(['h1', 'h2'] as const).flatMap((protocol) =>
    [100, 10_000, 1_000_000].flatMap((bytes) =>
      [1, 64, 256].map((connections) => answers(protocol, bytes, connections)),
    ),
  ),
  answers('h2', 100, 1, 64),
  { ...load('new connection for each request, c=16', 'h1-new', { connections: 16, answerBytes: 100 }), isShort: true },
  load('h1 POST 100 KB, c=16', 'h1', { connections: 16, uploadBytes: 100_000 }),
  load('h2 POST 100 KB, c=16', 'h2', { connections: 16, uploadBytes: 100_000 }),
  ...(['h1', 'h2'] as const).flatMap((protocol) => [bulk(protocol, 'down'), bulk(protocol, 'up')]),
  ...(['visitor', 'agent'] as const).flatMap((at) => [
    bulk('h1', 'down', { at, roundTripMs }),
    bulk('h1', 'up', { at, roundTripMs }),
    {
      ...load(`h1 100 B, c=64, ${roundTripMs} ms at the ${at}`, 'h1', { connections: 64, answerBytes: 100 }),
      delay: { at, roundTripMs },
    },
  ]),
  ...[1, 64].map((connections) => ({
    ...load(`WebSocket messages, c=${connections}`, 'websocket', { connections }),
    isShort: connections === 64,
  })),
  {
    ...load(lowLoadName, 'h1', {
      connections: 32,
      answerBytes: 100,
      pace: { kind: 'steady', seconds: 4, perSecond: 200 },
    }),
    isShort: true,
  },
];

function load(name: string, protocol: Protocol, work: Partial<Work>): Load {
  const defaults = { protocol, answerBytes: 0, uploadBytes: 0, connections: 1, streams: 1, pace: flatOut };
  return { name, isShort: false, unit: 'exchange', work: { ...defaults, ...work } };
}

/** Large answers need more time, and are counted by the megabyte as few of them may be whole at the end. */
function answers(protocol: 'h1' | 'h2', answerBytes: number, connections: number, streams = 1): Load {
  const name = `${protocol} ${words[answerBytes]}, c=${connections}${streams > 1 ? `×${streams}` : ''}`;
  const isLarge = answerBytes >= 1_000_000;
  const pace: Pace = isLarge ? { ...flatOut, seconds: 3 } : flatOut;
  const isShort = shortOnes.includes(name);
  return {
    ...load(name, protocol, { answerBytes, connections, streams, pace }),
    isShort,
    unit: isLarge ? 'MB' : 'exchange',
  };
}

/** The shortened run has bulk over HTTP/1.1, and of the long links the agent's. */
function bulk(protocol: 'h1' | 'h2', direction: 'down' | 'up', delay?: Delay): Load {
  const name = `${protocol} bulk ${direction}, one stream${delay ? `, ${delay.roundTripMs} ms at the ${delay.at}` : ''}`;
  const size = direction === 'down' ? { answerBytes: bulkBytes } : { uploadBytes: bulkBytes };
  const isShort = protocol === 'h1' && delay?.at !== 'visitor' && !(delay && direction === 'up');
  return { ...load(name, protocol, { ...size, pace: once }), unit: 'MB', isShort, ...(delay ? { delay } : {}) };
}
