import { expect, it } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { recordClass, recordType } from './dns-message.ts';
import { emptyAnswer, signedAnswer, startDnsServer, type TestAnswer } from './dns-server.testkit.ts';
import { DnsServer } from './dns-server.ts';
import type { TsigKey } from './tsig-key.ts';

const key: TsigKey = { name: 'adit', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7) };
const change = {
  name: 'a.example.com',
  type: recordType.TXT,
  class: recordClass.IN,
  ttlSeconds: 60,
  data: Buffer.of(1, 65),
};

async function update(answer: (question: Buffer) => TestAnswer): Promise<void> {
  const address = await startDnsServer(answer);
  await new DnsServer({ address, key, clock: fakeClock(), answerMs: 10_000 }).update('example.com', [change]);
}

const timeSeconds = fakeClock().timeOfDay() / 1000;
const signed = (question: Buffer, code = 0) =>
  signedAnswer(emptyAnswer(question, code), { key, question, timeSeconds });
const unsigned = (question: Buffer, code: number, error: number, other = Buffer.alloc(0)) =>
  signedAnswer(emptyAnswer(question, code), { key, question, timeSeconds, error, other, mac: Buffer.alloc(0) });

it('an update that the server signs is done', async () => {
  await expect(update((question) => signed(question))).resolves.toBeUndefined();
});

const later = Buffer.alloc(6);
later.writeUIntBE(timeSeconds + 3_600, 0, 6);

it.each<[string, (question: Buffer) => TestAnswer, string]>([
  ['REFUSED', (question) => signed(question, 5), 'it refused (REFUSED). Allow this key'],
  ['REFUSED, without a signature', (question) => emptyAnswer(question, 5), 'it refused (REFUSED). Allow this key'],
  ['NOTAUTH', (question) => signed(question, 9), 'this key may not change the name (NOTAUTH)'],
  ['NOTZONE', (question) => signed(question, 10), 'the name is not in the zone (NOTZONE)'],
  ['a code that we do not know', (question) => signed(question, 14), 'it answered with code 14'],
  ['BADSIG', (question) => unsigned(question, 9, 16), '(BADSIG). Is the secret'],
  ['BADKEY', (question) => unsigned(question, 9, 17), '(BADKEY). Compare name, algorithm and rights'],
  ['BADTIME', (question) => unsigned(question, 9, 18, later), 'the clocks differ by 3600 s (BADTIME). Set the time'],
  ['BADTIME without its time', (question) => unsigned(question, 9, 18), 'the clocks differ (BADTIME)'],
])('%s is said, and what to do', async (_title, answer, expected) => {
  const message = `Cannot change the zone "example.com" at the DNS server "127.0.0.1:`;
  const error: unknown = await update(answer).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 9270, message: expect.stringContaining(expected) as unknown });
  expect(error).toMatchObject({ message: expect.stringContaining(message) as unknown });
});

const otherId = (question: Buffer) => {
  const answer = Buffer.from(question);
  answer[0] = (answer[0] ?? 0) ^ 1;
  return answer;
};

it.each<[string, (question: Buffer) => TestAnswer, string]>([
  ['no signature', (question) => emptyAnswer(question), 'its answer is not signed with our key'],
  ['"no such name" without a signature', (question) => emptyAnswer(question, 3), 'is not signed with our key'],
  ['the question itself', (question) => question, 'its answer is one to another question'],
  ['an answer to another question', (question) => emptyAnswer(otherId(question)), 'is one to another question'],
  ['nothing', () => 'close', 'it closed the connection without a whole answer'],
  ['an empty message', () => Buffer.alloc(0), 'an empty message'],
  ['half a header', () => Buffer.alloc(5), 'its answer is too short'],
  ['nonsense', () => Buffer.alloc(65_535, 0xff), 'its answer'],
  ['one byte', () => (socket) => socket.end(Buffer.of(0)), 'without a whole answer'],
  ['less than it announces', () => (socket) => socket.end(Buffer.of(0, 99, 1, 2, 3)), 'without a whole answer'],
])('a server that answers %s is not believed', async (_title, answer, expected) => {
  await expect(update(answer)).rejects.toMatchObject({
    code: 9271,
    message: expect.stringContaining(expected) as unknown,
  });
});

it('an answer in single bytes, with more behind it, is read', async () => {
  await update((question) => (socket) => {
    const answer = signed(question);
    socket.setNoDelay(true);
    for (const byte of [answer.length >> 8, answer.length & 0xff, ...answer, 1, 2, 3]) socket.write(Buffer.of(byte));
  });
});

it('a server that says nothing is not waited for any longer than the limit', async () => {
  const clock = fakeClock();
  let asked = (): void => undefined;
  const question = new Promise<void>((resolve) => (asked = resolve));
  const address = await startDnsServer(() => {
    asked();
    return 'silence';
  });
  const answer = new DnsServer({ address, key, clock, answerMs: 10_000 }).ask('example.com', recordType.SOA);
  await question;
  clock.advance(10_000);
  await expect(answer).rejects.toMatchObject({
    code: 9271,
    message: expect.stringContaining('it did not answer within 10 s') as unknown,
  });
  expect(clock.pendingTimers).toBe(0);
});

it('a server that is not there', async () => {
  const server = new DnsServer({
    address: { host: '127.0.0.1', port: 1 },
    key,
    clock: systemClock,
    answerMs: 10_000,
  });
  await expect(server.ask('example.com', recordType.SOA)).rejects.toMatchObject({
    code: 9271,
    message: 'Cannot ask the DNS server "127.0.0.1:1": ECONNREFUSED',
  });
});
