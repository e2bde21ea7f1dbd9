import type { CertificatePem } from './certificates.ts';

/** What one name's certificate is at. One for each name, shared by all servers on one store. */
export interface ManagedCertificate {
  /** A host, or a wildcard such as `*.example.com`. Lower case. */
  readonly name: string;
  /** What is served; null: none has been issued yet. */
  readonly issued: IssuedFacts | null;
  /** The order under way, or why the last one failed; null: there is nothing to say. */
  readonly attempt: OrderAttempt | null;
}

export interface IssuedFacts {
  /** Changes with each certificate of the name, so that what was made of the one before is known to be old. */
  readonly serialNumber: string;
  /** URL of the directory that issued it. */
  readonly directoryUrl: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** When a new one is to be ordered, jitter included. */
  readonly renewAtMs: number;
}

export interface OrderAttempt {
  readonly startedAtMs: number;
  /** The server that is at it; null: nobody, it failed. */
  readonly holder: string | null;
  /** Until then it is the holder's; afterwards anybody may begin anew. When it failed: not before then. */
  readonly untilMs: number;
  /** How many have failed one after the other. */
  readonly failures: number;
  readonly error: OrderError | null;
}

export interface OrderError {
  readonly kind: OrderErrorKind;
  /** For the operator and the name's owner: no secret. */
  readonly message: string;
}

/**
 * `dns`: the name does not lead here, or not yet. `refused`: the authority does not want to. `rate-limited`: not now.
 * `unreachable`: nobody answers there. `internal`: anything else.
 */
export type OrderErrorKind = 'dns' | 'refused' | 'rate-limited' | 'unreachable' | 'internal';

/** What a certificate authority asks for while an order is under way. */
export interface ChallengeAnswer {
  readonly name: string;
  readonly type: 'http-01' | 'tls-alpn-01';
  readonly token: string;
  readonly keyAuthorization: string;
  readonly expiresAtMs: number;
}

/** The account at a certificate authority: one for each directory, shared by all servers on one store. */
export interface AcmeAccount {
  readonly directoryUrl: string;
  /** Null: not registered yet. */
  readonly accountUrl: string | null;
  /** PEM. */
  readonly key: string;
}

/** Reads of the store. Keys are sealed in it. */
export interface ManagedCertificateReader {
  /** By name. */
  listManagedCertificates(): Promise<ManagedCertificate[]>;
  /** Undefined: nothing is known of that name. */
  findManagedCertificate(name: string): Promise<ManagedCertificate | undefined>;
  /** Undefined: none has been issued. Throws as `Sealer.open` does. */
  readManagedCertificate(name: string): Promise<CertificatePem | undefined>;
  readAcmeAccount(directoryUrl: string): Promise<AcmeAccount | undefined>;
  /** Undefined: nobody waits for one, or it has expired. */
  findChallengeAnswer(
    question: { name: string; type: 'tls-alpn-01' } | { name: string; type: 'http-01'; token: string },
    nowMs: number,
  ): Promise<ChallengeAnswer | undefined>;
}

/** Changes, inside `store.write`. Times are the transaction's. */
export interface ManagedCertificateWriter {
  /** True: the order is the holder's until then. False: another has it, or it is too early after a failure. */
  beginOrder(order: { name: string; holder: string; untilMs: number }): Promise<boolean>;
  /** How many names of that domain, itself included, had their first order since then, whatever became of it. */
  countFirstOrders(of: { domain: string; sinceMs: number }): Promise<number>;
  /** Ends the order, whoever holds it by now: what was issued is good. */
  recordIssued(name: string, issued: IssuedFacts & { readonly pem: CertificatePem }): Promise<void>;
  /**
   * Ends the order if it is still the holder's; nobody tries again before `untilMs`. What was issued before stays. Answers
   * whether it was.
   */
  recordFailure(name: string, failure: { holder: string; untilMs: number; error: OrderError }): Promise<boolean>;
  /** Gives the order back, if it is still the holder's, as if it had not begun: the server stops. */
  endOrder(name: string, holder: string): Promise<void>;
  deleteManagedCertificate(name: string): Promise<void>;
  /** In place of what was there for its directory. */
  putAcmeAccount(account: AcmeAccount): Promise<void>;
  /** In place of what was there for its name, type and token; expired ones go. */
  putChallengeAnswer(answer: ChallengeAnswer): Promise<void>;
  deleteChallengeAnswers(name: string): Promise<void>;
}
