import { Readable } from 'node:stream';
import type { Exchange, HeaderLines } from './exchange.ts';

/** The request side of an exchange, for functions that only read it. */
export function fakeExchange(parts: Partial<Exchange> & { headers: HeaderLines }): Exchange {
  const unused = (): never => {
    throw new Error('Not a part of this test');
  };
  return {
    version: '1.1',
    method: 'GET',
    target: '/',
    authority: null,
    body: null,
    hasLength: false,
    upgrade: null,
    isBodyWhole: true,
    trailers: [],
    isAnswered: false,
    isClosed: false,
    inform: unused,
    answer: unused,
    flush: unused,
    end: unused,
    acceptUpgrade: unused,
    discardBody: unused,
    abort: unused,
    onClose: unused,
    ...parts,
  };
}

export const emptyBody: Readable = Readable.from([]);
