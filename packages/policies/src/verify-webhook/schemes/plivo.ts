import { type Checks, type Claim, type Delivery, onlyLine } from '../delivery.ts';
import { hmac, isAnyOf } from '../digests.ts';
import { keysOf } from '../secret-keys.ts';
import { type FormFields, formFields, queryFields } from './form-fields.ts';
import { signaturesIn } from './signature-lines.ts';

/** Plivo's own: the URL and a nonce; in version 3 also the fields of query and form. */
export interface PlivoScheme {
  readonly family: 'plivo';
  /** 2 (messages): the content is not signed. */
  readonly version: 2 | 3;
  /** The nonce is in `<header>-nonce`. */
  readonly header: string;
}

export function claimByPlivo({ version, header }: PlivoScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const form = { hash: 'sha256', encoding: 'base64', headers: [header], separator: ',' } as const;
  const given = signaturesIn(form, delivery);
  const nonce = onlyLine(delivery, `${header}-nonce`);
  const [path = ''] = delivery.url.split('?');
  const text = version === 2 ? path + nonce : `${path}${fieldsText(delivery)}.${nonce}`;
  const message = [Buffer.from(text)];
  const expected = secrets.flatMap((secret) => keysOf(secret, 'text')).map((key) => hmac('sha256', key, message));
  return { isGenuine: isAnyOf(given, expected), message, signedAtMs: null };
}

/** `?a=1&b=2`, then `.` where both are there, then `c3d4` of the form. A form without query has the bare `?` in front. */
function fieldsText(delivery: Delivery): string {
  const query = sorted(queryFields(delivery.url), '=').join('&');
  const form = sorted(formFields(delivery), '').join('');
  const mark = query !== '' || form !== '' ? '?' : '';
  return `${mark}${query}${query !== '' && form !== '' ? '.' : ''}${form}`;
}

function sorted(fields: FormFields, between: string): string[] {
  const byName = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  return byName.flatMap(([name, values]) => [...values].sort().map((value) => name + between + value));
}
