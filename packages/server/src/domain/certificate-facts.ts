/** What the API shows of an X.509 certificate. Text that it does not have is empty. */
export interface CertificateFacts {
  readonly subjectCommonName: string;
  readonly subjectOrganization: string;
  readonly subjectOrganizationalUnit: string;
  readonly subjectLocality: string;
  readonly subjectProvince: string;
  readonly subjectCountry: string;
  readonly issuerCommonName: string;
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  /** As the certificate has them; may begin with `*.`. */
  readonly dnsNames: readonly string[];
  /** In the one text that addresses have. */
  readonly ips: readonly string[];
  /** Milliseconds since 1970, as are all times. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** As RFC 5280 §4.2.1.3 names them, e.g. `digitalSignature`. */
  readonly keyUsages: readonly string[];
  /** As RFC 5280 §4.2.1.12 names them, e.g. `serverAuth`; others as object identifiers. */
  readonly extendedKeyUsages: readonly string[];
}

/** The keys that certificates of servers may have. */
export type KeyType = 'rsa' | 'ecdsa' | 'ed25519';

/** A certificate that somebody uploaded, checked. */
export interface UploadedCertificate {
  /** The certificate, then each CA after the one it issued. Nothing else of what was uploaded is in it. */
  readonly certificatePem: string;
  /** PKCS #8, unencrypted. Secret. */
  readonly privateKeyPem: string;
  readonly privateKeyType: KeyType;
  /** Of the first certificate. */
  readonly facts: CertificateFacts;
}

/** CA certificates that somebody uploaded, checked. */
export interface UploadedAuthority {
  /** Nothing else of what was uploaded is in it. */
  readonly caPem: string;
  /** Of the first one. */
  readonly facts: CertificateFacts;
  /** What was revoked, by each of them. Default: nobody says. */
  readonly revocation?: UploadedRevocation;
}

/** Revocation lists that somebody uploaded, checked: one of each CA certificate. */
export interface UploadedRevocation {
  /** Nothing else of what was uploaded is in it. */
  readonly pem: string;
  /** In the order of the CA certificates. */
  readonly lists: readonly RevocationListFacts[];
}

/** What the API shows of a revocation list (RFC 5280 §5). */
export interface RevocationListFacts {
  /** Common name of the CA that signed it; may be empty. */
  readonly issuerCommonName: string;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
  /** How many certificates it names. */
  readonly revokedCount: number;
}
