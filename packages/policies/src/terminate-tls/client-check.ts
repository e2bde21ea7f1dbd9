import { X509Certificate } from 'node:crypto';
import {
  type ClientCertificates,
  isIssuedBy,
  normalSerial,
  type RevocationList,
  type TlsFacts,
} from '@adit/policy-kit';
import { type Authority, isInForce } from './authority.ts';

/** What a certificate is checked against. */
export interface Trust {
  readonly clients: ClientCertificates;
  readonly authorities: readonly Authority[];
  /** Null: no list is looked at. */
  readonly lists: ReadonlyMap<Authority, readonly RevocationList[]> | null;
}

/**
 * Whether a visitor's certificate, which TLS found good once, leads to these authorities now. Where TLS checked it against the same
 * ones, its word counts. Else this looks for the way itself, and takes fewer than TLS would: what it does not understand, and
 * certificates that only the visitor had, are refused, and he may come anew.
 */
export function isStillGood(tls: TlsFacts, trust: Trust, nowMs: number): boolean {
  if (!tls.isClientVerified || tls.clientCertificate === null) return false;
  const certificate = new X509Certificate(tls.clientCertificate);
  if (!isInForce(certificate, nowMs)) return false;
  return isSame(tls.checkedAgainst, trust.clients) || new WayBack(trust, nowMs).exists(certificate);
}

function isSame(one: ClientCertificates | null, other: ClientCertificates): boolean {
  return one?.authorities === other.authorities && one.revocationLists === other.revocationLists;
}

/** From a certificate to one that is trusted. */
class WayBack {
  readonly #trust: Trust;
  readonly #nowMs: number;

  constructor(trust: Trust, nowMs: number) {
    this.#trust = trust;
    this.#nowMs = nowMs;
  }

  /** @param below How many authorities are between it and the visitor's certificate, itself included. */
  exists(certificate: X509Certificate, below = 0): boolean {
    return this.#issuersOf(certificate).some((issuer) => {
      if (!this.#isFit(issuer, below) || this.#isRevoked(certificate, issuer)) return false;
      return this.#endsAt(issuer) || this.exists(issuer.certificate, below + 1);
    });
  }

  #issuersOf(certificate: X509Certificate): Authority[] {
    return this.#trust.authorities.filter(
      (one) =>
        one.certificate.fingerprint256 !== certificate.fingerprint256 && isIssuedBy(certificate, one.certificate),
    );
  }

  #isFit({ certificate, isPlain, pathLength }: Authority, below: number): boolean {
    const isWithin = below < this.#trust.authorities.length && (pathLength === null || below <= pathLength);
    return isPlain && isWithin && isInForce(certificate, this.#nowMs);
  }

  /** At a root; at another that is trusted only where its own issuer is not, and no list of that one is asked for. */
  #endsAt({ isRoot, certificate }: Authority): boolean {
    return isRoot || (this.#trust.lists === null && this.#issuersOf(certificate).length === 0);
  }

  /** Also where nobody can say: there is no list of the issuer that holds now. */
  #isRevoked(certificate: X509Certificate, issuer: Authority): boolean {
    const { lists } = this.#trust;
    if (lists === null) return false;
    const serial = normalSerial(certificate.serialNumber);
    const known = lists.get(issuer) ?? [];
    const holds = known.some(
      ({ isPlain, thisUpdateMs, nextUpdateMs }) =>
        isPlain && thisUpdateMs <= this.#nowMs && nextUpdateMs !== null && this.#nowMs <= nextUpdateMs,
    );
    return !holds || known.some(({ serials }) => serials.has(serial));
  }
}
