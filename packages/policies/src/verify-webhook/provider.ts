import type { HandshakeKind } from './handshakes.ts';
import type { Scheme } from './schemes/scheme.ts';

/** One row of the table of providers. */
export interface Provider {
  /** As users write it; the names of ngrok. */
  readonly id: string;
  /** As people know it. */
  readonly title: string;
  /** Other ids that mean the same. */
  readonly aliases?: readonly string[];
  /** The ways it signs. The first of which a delivery has anything counts. */
  readonly schemes: readonly [Scheme, ...Scheme[]];
  /**
   * How far the signed time may be from now, either way, milliseconds. Missing: it signs no time. Where the provider names
   * none: 180 s.
   */
  readonly toleranceMs?: number;
  /** True: it sends the same bytes again when a delivery failed, so that a repetition is no attack. */
  readonly isRepeatedAsIs?: true;
  /** What it asks of an address before, or besides, deliveries. */
  readonly handshake?: HandshakeKind;
  /** True: its handshake has texts of strangers signed as it signs contents. */
  readonly hasTextsSigned?: true;
  /** True: it signs the content before it compresses it (gzip). */
  readonly isSignedBeforeGzip?: true;
  /** True: it works without a secret. */
  readonly isSecretOptional?: true;
}
