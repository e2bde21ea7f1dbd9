import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import {
  type ClientCertificates,
  isIssuedBy,
  listsByAuthority,
  normalSerial,
  type RevocationList,
  readRevocationLists,
} from '@adit/policy-kit';

/** Whether the certificate that a visitor has shown leads to one of these authorities, and no list names it. */
export function isVerifiedClient(socket: TLSSocket, clients: ClientCertificates | null): boolean {
  // `authorized` alone would be true of some connections without a certificate.
  const certificate = clients && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return clients !== null && certificate !== undefined && !otherListsOf(clients).name(certificate);
}

/** The lists of one authority. */
interface Lists {
  readonly authority: X509Certificate;
  readonly isRoot: boolean;
  readonly lists: readonly RevocationList[];
}

const known = new WeakMap<ClientCertificates, OtherLists>();

function otherListsOf(clients: ClientCertificates): OtherLists {
  const lists = known.get(clients) ?? new OtherLists(clients);
  known.set(clients, lists);
  return lists;
}

/** Of several lists of one authority OpenSSL looks at a single one; what any of them names is refused. */
class OtherLists {
  readonly #all: readonly Lists[];

  constructor({ authorities, revocationLists }: ClientCertificates) {
    const all = revocationLists === null ? [] : readLists(authorities, revocationLists);
    this.#all = all.some(({ lists }) => lists.length > 1) ? all : [];
  }

  /** True: on each way to a root one names it, or an authority on the way. TLS has found that there is one. */
  name(certificate: X509Certificate, below = 0): boolean {
    const serial = normalSerial(certificate.serialNumber);
    const issuers = below < this.#all.length ? this.#issuersOf(certificate) : [];
    const isRefused = ({ authority, isRoot, lists }: Lists): boolean =>
      lists.some(({ serials }) => serials.has(serial)) || (!isRoot && this.name(authority, below + 1));
    return issuers.length > 0 && issuers.every(isRefused);
  }

  #issuersOf(certificate: X509Certificate): Lists[] {
    return this.#all.filter(({ authority }) => isIssuedBy(certificate, authority));
  }
}

function readLists(authorities: string, revocationLists: string): Lists[] {
  const blocks = authorities.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const all = blocks.map((pem) => ({ certificate: new X509Certificate(pem) }));
  const field = 'mutual_tls_revocation_lists';
  const byAuthority = listsByAuthority(readRevocationLists([revocationLists], field), all, field);
  return all.map((one) => ({
    authority: one.certificate,
    isRoot: isIssuedBy(one.certificate, one.certificate),
    lists: byAuthority.get(one) ?? [],
  }));
}
