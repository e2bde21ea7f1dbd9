import type {
  ConnectFacts,
  Decision,
  EndpointFacts,
  Outcome,
  PolicyEvent,
  PolicyRequest,
  PolicyResponse,
  TlsDemands,
} from '@adit/policy-kit';
import type { TracedRule } from './decision-trace.ts';

/**
 * The policies of one endpoint, compiled. Fails closed: whatever a policy throws, rejects with or does not decide in time
 * comes back as a denial with code 9004. Who asks an empty chain need not ask it further.
 */
export interface Chain {
  readonly isEmpty: boolean;
  /** What it asks of TLS; null: nothing more than usual. */
  readonly tls: TlsDemands | null;
  /** A visitor's connection has reached the endpoint. */
  visit(connection: ConnectFacts, endpoint: EndpointFacts): ChainVisit;
  /** Would a stream that lives still be let in? Pure. */
  recheck(stream: AdmittedStream): Decision;
  close(): void;
}

/** What one connection has to do with one endpoint. */
export interface ChainVisit {
  /** Asked once, before the first request. */
  connect(): Answered;
  request(request: PolicyRequest): ChainRequest;
  /** What came of its rules until now. */
  trace(): readonly TracedRule[];
}

/** One request, from its head to its end. */
export interface ChainRequest {
  decide(): Answered;
  /** True: answers have to be shown to it. */
  readonly decidesAnswers: boolean;
  /** Asked for the upstream's answer, and for one of a policy. */
  answer(response: PolicyResponse): Answered;
  /** True: every message of an answer that is a stream of events has to be shown to it. */
  readonly decidesEvents: boolean;
  /** Asked one message after the other, of an answer that it let pass. */
  event(event: PolicyEvent): Answered;
  /** Header lines for the upstream that only we write; they come last. */
  readonly identity: readonly string[];
  /** What came of its rules until now. */
  trace(): readonly TracedRule[];
  /** What policies noted for whoever reads the log. */
  readonly logged: readonly Readonly<Record<string, string>>[];
  /** It is over; told once. */
  over(outcome: Outcome): void;
}

/** At once as long as every policy answers so. */
export type Answered = Decision | Promise<Decision>;

/** What is kept of a stream to decide on it again. */
export interface AdmittedStream {
  readonly connection: ConnectFacts;
  readonly endpoint: EndpointFacts;
  /** Null: a raw one. */
  readonly request: PolicyRequest | null;
}
