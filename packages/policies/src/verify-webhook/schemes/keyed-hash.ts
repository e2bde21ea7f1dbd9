import { bodyText, type Checks, type Claim, type Delivery, onlyLine, Refused } from '../delivery.ts';
import { decodeDigest, digestOf, isAnyOf } from '../digests.ts';
import { layOut } from './message-layout.ts';

/** SHA-256 over the secret and a message: what HubSpot did before version 3. */
export interface KeyedHashScheme {
  readonly family: 'keyed-hash';
  readonly header: string;
  readonly versionHeader: string;
  /** For each version, what stands behind the secret; see `HmacScheme`. */
  readonly messages: Readonly<Record<string, string>>;
}

export function claimByKeyedHash(scheme: KeyedHashScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const given = decodeDigest(onlyLine(delivery, scheme.header), 'sha256', 'hex');
  const version = onlyLine(delivery, scheme.versionHeader);
  const layout = Object.hasOwn(scheme.messages, version) ? scheme.messages[version] : undefined;
  if (!given || layout === undefined) throw new Refused('malformed-signature');
  // Such a hash can be continued by who does not know the secret, but only behind padding that is never UTF-8.
  bodyText(delivery);
  const message = layOut(layout, delivery);
  const expected = secrets.filter((secret) => secret !== '').map((secret) => digestOf('sha256', [secret, ...message]));
  return { isGenuine: isAnyOf([given], expected), message, signedAtMs: null };
}
