import { bodyText, type Checks, type Claim, type Delivery, onlyLine } from '../delivery.ts';
import { hmac, isAnyOf } from '../digests.ts';
import { keysOf } from '../secret-keys.ts';
import { parseTime } from '../timestamps.ts';
import { pairValue, signaturesIn } from './signature-lines.ts';

/** Hygraph's own: a JSON text that holds the body as a string. */
export interface HygraphScheme {
  readonly family: 'hygraph';
  readonly header: string;
}

export function claimByHygraph({ header }: HygraphScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const form = { hash: 'sha256', encoding: 'base64', headers: [header], key: 'sign' } as const;
  const given = signaturesIn(form, delivery);
  const line = onlyLine(delivery, header);
  const signedAtMs = parseTime(pairValue(line, 't'), 'ms');
  const wrapped = { Body: bodyText(delivery), EnvironmentName: pairValue(line, 'env'), TimeStamp: signedAtMs };
  const message = [Buffer.from(JSON.stringify(wrapped))];
  const expected = secrets.flatMap((secret) => keysOf(secret, 'text')).map((key) => hmac('sha256', key, message));
  return { isGenuine: isAnyOf(given, expected), message, signedAtMs };
}
