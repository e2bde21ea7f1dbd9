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
    hasBody: false,
    hasLength: false,
    upgrade: null,
    isAnswered: false,
    isClosed: false,
    own: unused,
    resumeBody: unused,
    pauseBody: unused,
    inform: unused,
    answer: unused,
    write: unused,
    end: unused,
    acceptUpgrade: unused,
    discardBody: unused,
    abort: unused,
    ...parts,
  };
}
