import { domainToASCII } from 'node:url';

/** What ends a label: UTS 46 takes all of these for a dot. */
export const dots = /[.\u3002\uff0e\uff61]/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What the conversion to ASCII would read as something else: "a%62" as "ab", "a/b" as "a". */
const misread = /[/?#@:[\]\\%\s]/;
/** Enough for every name that has a canonical form, in whatever letters. */
const maxChars = 1024;

/**
 * A host name in its one canonical form: lower case, ASCII (IDNA), no trailing dot; undefined for what is none. Two names
 * mean the same host exactly if their canonical forms are equal.
 */
export function canonicalName(name: string): string | undefined {
  if (name.length > maxChars || misread.test(name)) return undefined;
  const host = domainToASCII(name.replace(/\.$/, ''));
  return host.length <= 253 && host.split('.').every((part) => label.test(part)) ? host : undefined;
}
