/** Limits of the certificates, CAs and keys that are uploaded. */
export interface UploadLimits {
  /** Bytes of PEM with certificates. Default: 65,536. */
  readonly maxCertificatesBytes: number;
  /** Bytes of PEM with a private key. Default: 16,384. */
  readonly maxKeyBytes: number;
  /** Certificates from a server's to a root. Default: 10. */
  readonly maxChainCertificates: number;
  /** CA certificates in one upload. Default: 20. */
  readonly maxAuthorityCertificates: number;
  /** Bytes of PEM with the revocation lists of one upload, some 5,000 revoked certificates. Default: 262,144. */
  readonly maxRevocationListsBytes: number;
  /** Bits of an RSA key. Default: 2,048. */
  readonly minRsaBits: number;
  /** Bits of a server's RSA key: the server signs with it in every handshake. Default: 4,096. */
  readonly maxRsaBits: number;
  /** Bits of a CA's RSA key, which the server only checks signatures of. Default: 8,192. */
  readonly maxAuthorityRsaBits: number;
}

export const defaultUploadLimits: UploadLimits = {
  maxCertificatesBytes: 65_536,
  maxKeyBytes: 16_384,
  maxChainCertificates: 10,
  maxAuthorityCertificates: 20,
  maxRevocationListsBytes: 262_144,
  minRsaBits: 2_048,
  maxRsaBits: 4_096,
  maxAuthorityRsaBits: 8_192,
};
