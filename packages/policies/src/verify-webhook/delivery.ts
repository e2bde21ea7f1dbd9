import type { HeaderFields } from '@adit/policy-kit';
import type { Certificates } from './certificates.ts';

/** A request that claims to be a delivery of a provider. */
export interface Delivery {
  readonly method: string;
  /** As the provider was told it: scheme, authority, path and query, percent-encoding untouched. */
  readonly url: string;
  readonly headers: HeaderFields;
  /** As received; empty when there is none. */
  readonly body: Uint8Array;
}

/** What a delivery is checked against. */
export interface Checks {
  /** More than one while a secret is being replaced: each is good. */
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly certificates: Certificates;
}

/** What a scheme finds in a delivery. Time is judged elsewhere, alike for all schemes. */
export interface Claim {
  /** A signature in it is right for one of the secrets. */
  readonly isGenuine: boolean;
  /** What was signed, in pieces. Two deliveries are the same when this is, however their header lines are written. */
  readonly message: readonly Uint8Array[];
  /** When the provider says it signed, milliseconds since 1970, itself signed; null: it does not say. */
  readonly signedAtMs: number | null;
}

/** Why a delivery is refused, with the sentence that says so. */
export const refusals = {
  'missing-signature': 'A header or field that the signature of the provider needs is missing.',
  'malformed-signature':
    'A header or field of the signature is not written as the provider writes it, or is there twice.',
  'malformed-body': 'The content is not of the form that the signature of the provider covers.',
  'bad-signature': 'The signature is right for none of the secrets.',
  'foreign-topic': 'The message is of a topic that is not in "secret" or "secrets".',
  'no-certificate': 'The certificate that the signature names could not be fetched, or is not one of the provider.',
  stale: 'The signature is right, but was made too long ago, or too far in the future.',
  replayed: 'The signature is right, but the same delivery was here before.',
} as const;

export type RefusalReason = keyof typeof refusals;

/** Thrown while a delivery is read; becomes a verdict in `verifyDelivery`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(refusals[reason]);
    this.reason = reason;
  }
}

/** @throws {Refused} `missing-signature`, or `malformed-signature` where two lines leave open which one counts. */
export function onlyLine({ headers }: Delivery, name: string): string {
  const [value, ...others] = headers.values(name);
  if (value === undefined) throw new Refused('missing-signature');
  if (others.length > 0) throw new Refused('malformed-signature');
  return value;
}

/** @throws {Refused} `malformed-body`: it is not UTF-8. */
export function bodyText({ body }: Delivery): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new Refused('malformed-body');
  }
}

/** The fields of a body that is a JSON object. @throws {Refused} `malformed-body`: it is not. */
export function bodyFields(delivery: Delivery): Readonly<Record<string, unknown>> {
  const text = bodyText(delivery);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused('malformed-body');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refused('malformed-body');
  return value as Record<string, unknown>;
}
