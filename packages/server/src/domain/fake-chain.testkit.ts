import {
  type ConnectFacts,
  type PolicyEvent,
  type PolicyRequest,
  type PolicyResponse,
  proceed,
} from '@adit/policy-kit';
import type { AdmittedStream, Answered, Chain, ChainRequest, ChainVisit } from './chain.ts';

/** What a chain of a test answers; what is left out lets everything through. */
export interface FakeAnswers {
  readonly connect?: (facts: ConnectFacts) => Answered;
  readonly request?: (request: PolicyRequest) => Answered;
  readonly answer?: (response: PolicyResponse) => Answered;
  readonly event?: (event: PolicyEvent) => Answered;
  readonly recheck?: (stream: AdmittedStream) => ReturnType<Chain['recheck']>;
  readonly tls?: Chain['tls'];
  readonly isEmpty?: boolean;
}

/** A chain that answers what a test wants, and counts what it is asked. */
export class FakeChain implements Chain {
  readonly #answers: FakeAnswers;
  connects = 0;
  requests = 0;
  isClosed = false;

  constructor(answers: FakeAnswers = {}) {
    this.#answers = answers;
  }

  get isEmpty(): boolean {
    return this.#answers.isEmpty ?? false;
  }
  get tls(): Chain['tls'] {
    return this.#answers.tls ?? null;
  }
  recheck(stream: AdmittedStream): ReturnType<Chain['recheck']> {
    return this.#answers.recheck?.(stream) ?? proceed;
  }
  close(): void {
    this.isClosed = true;
  }

  visit(facts: ConnectFacts): ChainVisit {
    return {
      connect: () => {
        this.connects++;
        return this.#answers.connect?.(facts) ?? proceed;
      },
      request: (request) => this.#request(request),
      trace: () => [],
    };
  }

  #request(request: PolicyRequest): ChainRequest {
    const { answer, event } = this.#answers;
    return {
      decide: () => {
        this.requests++;
        return this.#answers.request?.(request) ?? proceed;
      },
      decidesAnswers: answer !== undefined || event !== undefined,
      answer: (response) => answer?.(response) ?? proceed,
      decidesEvents: event !== undefined,
      event: (message) => event?.(message) ?? proceed,
      identity: [],
      logged: [],
      trace: () => [],
      over: () => {},
    };
  }
}
