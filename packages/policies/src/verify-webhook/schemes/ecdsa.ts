import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Checks, type Claim, type Delivery, onlyLine, Refused } from '../delivery.ts';
import { decodeBase64 } from '../digests.ts';
import { parseTime } from '../timestamps.ts';
import { layOut } from './message-layout.ts';

/** ECDSA with SHA-256 over a message, the key public (SendGrid). */
export interface EcdsaScheme {
  readonly family: 'ecdsa';
  readonly header: string;
  readonly timestampHeader: string;
  /** See `HmacScheme`. */
  readonly message: string;
}

export function claimByEcdsa(scheme: EcdsaScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const signature = decodeBase64(onlyLine(delivery, scheme.header));
  const timestamp = onlyLine(delivery, scheme.timestampHeader);
  const signedAtMs = parseTime(timestamp, 's');
  if (!signature) throw new Refused('malformed-signature');
  const message = layOut(scheme.message, { ...delivery, timestamp });
  const content = Buffer.concat(message);
  const keys = secrets.flatMap((secret) => parsePublicKey(secret) ?? []);
  return { isGenuine: keys.some((key) => verify('sha256', content, key, signature)), message, signedAtMs };
}

/** A key on a curve, DER (SPKI) in base64, or the same as PEM. Undefined: it is none. */
export function parsePublicKey(text: string): KeyObject | undefined {
  const bare = text.replaceAll(/-----(?:BEGIN|END) PUBLIC KEY-----|\s/g, '');
  const der = decodeBase64(bare);
  if (!der) return undefined;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' ? key : undefined;
  } catch {
    return undefined;
  }
}
