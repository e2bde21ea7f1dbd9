import type { AnswerHead, Exchange } from '../exchange.ts';
import { fakeExchange } from '../fake-exchange.testkit.ts';

/** What an exchange was told to answer. */
export interface Recorded {
  readonly exchange: Exchange;
  /** The calls by name, in their order. */
  readonly calls: string[];
  readonly head: AnswerHead;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Records the answer that `answer` gives to the request. */
export function recordAnswer(answer: (exchange: Exchange) => void, parts: Partial<Exchange> = {}): Recorded {
  const calls: string[] = [];
  const heads: AnswerHead[] = [];
  const pieces: Buffer[] = [];
  const exchange = fakeExchange({
    headers: [],
    ...parts,
    answer: (head) => {
      calls.push('answer');
      heads.push(head);
    },
    write: (piece) => {
      calls.push('write');
      return pieces.push(piece) > 0;
    },
    end: (trailers) => {
      if (trailers.length > 0) throw new Error('An error answer has no trailers');
      calls.push('end');
    },
    discardBody: () => void calls.push('discardBody'),
  });
  answer(exchange);
  const head = heads[0];
  if (!head || heads.length > 1) throw new Error(`Answered ${heads.length} times`);
  const headers: Record<string, string> = {};
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = head.headers[i] ?? '';
    if (name in headers) throw new Error(`Two lines ${name}`);
    headers[name] = head.headers[i + 1] ?? '';
  }
  return { exchange, calls, head, headers, body: Buffer.concat(pieces).toString() };
}
