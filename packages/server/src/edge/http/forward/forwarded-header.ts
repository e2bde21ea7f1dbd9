import { isIPv6 } from 'node:net';

/** What one proxy says in one element of `Forwarded`. */
export interface ForwardedElement {
  /** The address that the request came from. */
  readonly for: string;
  /** As that proxy was asked; null: not told. */
  readonly proto: string | null;
  readonly host: string | null;
}

/** One element of a `Forwarded` line (RFC 7239 §4): `for=203.0.113.9;proto=https;host="a.test:8443"`. */
export function forwardedElement(element: ForwardedElement): string {
  // §6: an IPv6 address is written in brackets, which are no token.
  let text = `for=${isIPv6(element.for) ? `"[${element.for}]"` : element.for}`;
  if (element.proto !== null) text += `;proto=${element.proto}`;
  if (element.host !== null) text += `;host=${tokenOrQuoted(element.host)}`;
  return text;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t \\x21-\\x7e])*"';
const pair = `${token}=(?:${token}|${quoted})`;
const element = `${pair}(?:;${pair})*`;
// One way only to match each byte, so that a long line costs no more than its length.
const forwardedList = new RegExp(`^${element}(?:[\\t ]*,[\\t ]*${element})*$`);
const onlyToken = new RegExp(`^${token}$`);

/** True for a list of elements as RFC 7239 §4 writes it. What the values mean is not looked at. */
export function isWellFormedForwarded(value: string): boolean {
  return forwardedList.test(value);
}

function tokenOrQuoted(text: string): string {
  return onlyToken.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
