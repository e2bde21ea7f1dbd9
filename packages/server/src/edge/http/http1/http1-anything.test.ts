// Whatever visitors and owners do, in whatever order: nothing is told twice, nothing is left, and what the visitor reads
// are answers.
import { AnswerReader } from '@adit/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultHttpLimits } from '../http-limits.ts';
import { answerHead, type SeenExchange, turns, type Visit, visit } from './codec-owner.testkit.ts';

const sent = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde',
  'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab',
  'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
  '3\r\nabc\r\n',
  '0\r\n\r\n',
  'abcde',
  'GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n',
  'GET /',
  '\r\n',
];

type Act = (visited: Visit, size: number) => void;
const latest = (act: (seen: SeenExchange, size: number) => void): Act => {
  return ({ owner }, size) => {
    const seen = owner.seen.at(-1);
    if (seen) act(seen, size);
  };
};
const acts: Record<string, Act> = {
  send: ({ visitor }, size) => visitor.writable && visitor.write(sent[size % sent.length]),
  sendMore: ({ visitor }, size) => visitor.writable && visitor.write(sent[size % sent.length]),
  sendOne: ({ visitor }, size) => visitor.writable && visitor.write(sent[0]?.repeat(1 + (size % 3))),
  hangUp: ({ visitor }, size) => size % 5 === 0 && visitor.end(),
  lose: ({ visitor }, size) => size % 20 === 0 && visitor.destroy(),
  stopReading: ({ visitor }) => visitor.pause(),
  read: ({ visitor }) => visitor.resume(),
  answer: latest(({ exchange }, size) => exchange.answer(answerHead({ isLast: size % 9 === 0 }))),
  answerLength: latest(({ exchange }, size) =>
    exchange.answer(answerHead({ headers: ['Content-Length', `${size % 7}`] })),
  ),
  answerWhole: latest(({ exchange }) => {
    if (exchange.isAnswered) return;
    exchange.answer(answerHead({ headers: ['Content-Length', '3'] }));
    exchange.write(Buffer.from('abc'));
    exchange.end([]);
    exchange.discardBody();
  }),
  write: latest(({ exchange }, size) => exchange.isAnswered && exchange.write(Buffer.alloc(size, 'x'))),
  writeLittle: latest(({ exchange }, size) => exchange.isAnswered && exchange.write(Buffer.alloc(size % 4, 'x'))),
  end: latest(({ exchange }) => exchange.isAnswered && exchange.end(['A', 'b'])),
  inform: latest(({ exchange }, size) => exchange.inform(size % 2 === 0 ? 100 : 103, [])),
  resumeBody: latest(({ exchange }) => exchange.resumeBody()),
  pauseBody: latest(({ exchange }) => exchange.pauseBody()),
  discardBody: latest(({ exchange }) => exchange.isAnswered && exchange.discardBody()),
  switch: latest(({ exchange }) => {
    if (exchange.upgrade === null || exchange.isAnswered) return;
    exchange
      .acceptUpgrade(answerHead({ status: 101, headers: ['Upgrade', 'custom'] }))
      .resume()
      .end();
  }),
  abort: latest(({ exchange }, size) => size % 10 === 0 && exchange.abort()),
  drain: ({ transport }, size) => size % 10 === 0 && transport.drain(),
  destroy: ({ transport }, size) => size % 20 === 0 && transport.destroy(),
  wait: ({ clock }, size) => clock.advance(size),
};

test('every exchange and every connection closes once, no timer is left, and only answers are written', async () => {
  const limits = {
    headTimeoutMs: 50_000,
    bodyIdleTimeoutMs: 80_000,
    writeStallTimeoutMs: 100_000,
    discardTimeoutMs: 5000,
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...Object.keys(acts)), fc.nat(70_000), fc.nat(2)), {
        maxLength: 40,
        size: 'max',
      }),
      async (steps) => {
        const visited = visit({ limits });
        for (const [name, size, rest] of steps) {
          acts[name]?.(visited, size);
          if (rest > 0) await turns(rest);
        }
        await turns(3);
        expectAnswers(visited);
        visited.visitor.destroy();
        await turns();
        expect(visited.owner.closes).toBe(1);
        for (const { closes } of visited.owner.seen) expect(closes).toHaveLength(1);
        expect(visited.clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300), seed: Number(process.env['FUZZ_SEED'] ?? 20260102) },
  );
});

/** What was received are whole answers to the requests in their order, the last one perhaps cut. */
function expectAnswers({ owner, received }: Visit): void {
  const methods = owner.seen.map(({ exchange }) => exchange.method);
  let rest: Buffer | null = Buffer.from(received(), 'latin1');
  while (rest !== null) {
    const reader = new AnswerReader(defaultHttpLimits);
    reader.expect(methods.shift() ?? 'GET');
    reader.feed(rest);
    let event = reader.next();
    while (event === 'interim' || event === 'head' || event === 'body') event = reader.next();
    expect(event, `${reader.problem.text}: ${JSON.stringify(received().slice(0, 2000))}`).not.toBe('malformed');
    rest = event === 'end' ? reader.takeRest() : null;
  }
}
