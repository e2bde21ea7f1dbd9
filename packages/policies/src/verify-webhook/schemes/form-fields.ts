import { bodyText, type Delivery, Refused } from '../delivery.ts';

/** Many more than any provider sends: sorting is not for strangers to order. */
const maxFields = 1_000;

/** Values of each name, in their order. */
export type FormFields = ReadonlyMap<string, readonly string[]>;

/**
 * The fields of a content of the form `a=1&b=2`, whatever its media type says: what is there must be covered by the signature.
 *
 * @throws {Refused} `malformed-body`: it is not UTF-8, or has more than 1,000 fields.
 */
export function formFields(delivery: Delivery): FormFields {
  return parseFields(bodyText(delivery));
}

/** As `formFields`, of the part of a URL behind its `?`. */
export function queryFields(url: string): FormFields {
  const mark = url.indexOf('?');
  return parseFields(mark < 0 ? '' : url.slice(mark + 1));
}

function parseFields(text: string): FormFields {
  const fields = new Map<string, string[]>();
  const pairs = text.split('&', maxFields + 1);
  if (pairs.length > maxFields) throw new Refused('malformed-body');
  for (const pair of pairs) {
    if (pair === '') continue;
    const mark = pair.indexOf('=');
    const name = decode(mark < 0 ? pair : pair.slice(0, mark));
    const value = decode(mark < 0 ? '' : pair.slice(mark + 1));
    const values = fields.get(name);
    if (values) values.push(value);
    else fields.set(name, [value]);
  }
  return fields;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refused('malformed-body');
  }
}
