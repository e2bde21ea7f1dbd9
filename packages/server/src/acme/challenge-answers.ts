import type { CertificatePem } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { ChallengeAnswer } from '../domain/managed-certificates.ts';
import type { Store } from '../domain/store.ts';
import type { AcmeLimits } from './acme-limits.ts';

export interface ChallengeAnswersDeps {
  readonly store: Pick<Store, 'findChallengeAnswer'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'debug'>;
  readonly limits: Pick<AcmeLimits, 'maxLookUps'>;
  /** The certificate that proves a name by TLS-ALPN-01 (RFC 8737 §3). */
  makeCertificate(host: string, keyAuthorization: string): Promise<CertificatePem>;
}

/** How a token looks: at least 128 bits of base64url (RFC 8555 §8.3). */
const tokenForm = /^[A-Za-z0-9_-]{22,255}$/;

/**
 * What an authority is answered that asks this server, whichever server began the order. Anybody may ask: few look-ups at once,
 * and who gets no answer of ours goes where everybody goes, perhaps to an endpoint that has an ACME client of its own.
 */
export class ChallengeAnswers {
  readonly #deps: ChallengeAnswersDeps;
  #lookUps = 0;
  /** An authority looks from several places, one after the other. */
  #last: { readonly keyAuthorization: string; readonly pem: Promise<CertificatePem> } | undefined;

  constructor(deps: ChallengeAnswersDeps) {
    this.#deps = deps;
  }

  /** What the page of a token says; undefined: it is no page of ours. */
  async pageOf(host: string, token: string): Promise<string | undefined> {
    if (!tokenForm.test(token)) return undefined;
    return (await this.#find({ name: host, type: 'http-01', token }))?.keyAuthorization;
  }

  /** What a client is served who offers `acme-tls/1`; undefined: nobody proves this name now. */
  async certificateOf(host: string): Promise<CertificatePem | undefined> {
    const found = await this.#find({ name: host, type: 'tls-alpn-01' });
    if (!found) return undefined;
    const { keyAuthorization } = found;
    if (this.#last?.keyAuthorization !== keyAuthorization) {
      this.#last = { keyAuthorization, pem: this.#deps.makeCertificate(host, keyAuthorization) };
    }
    return await this.#last.pem;
  }

  async #find(question: Parameters<Store['findChallengeAnswer']>[0]): Promise<ChallengeAnswer | undefined> {
    const { store, clock, limits, log } = this.#deps;
    if (this.#lookUps >= limits.maxLookUps) return undefined;
    this.#lookUps += 1;
    try {
      return await store.findChallengeAnswer(question, clock.timeOfDay());
    } catch (error) {
      log.debug({ err: error, name: question.name }, 'Cannot look up the answer to a challenge');
      return undefined;
    } finally {
      this.#lookUps -= 1;
    }
  }
}
