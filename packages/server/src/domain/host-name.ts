import { domainToASCII, domainToUnicode } from 'node:url';
import { AditError, type ErrorCode } from '@adit/contracts';
import { dots } from './canonical-name.ts';

const maxChars = 253;
const maxLabelChars = 63;
/** IDNA shortens: what is longer than this in other letters is too long in ASCII as well. */
const maxWrittenChars = 1024;
/** A host whose last label looks so is an IPv4 address to browsers, or none at all (WHATWG URL, §3.5). */
const numeric = /^(?:[0-9]+|0x[0-9a-f]*)$/i;

/**
 * Reads the name of a domain that somebody wants to reserve, `app.example.com` or `*.example.com`, into its canonical form:
 * lower case, ASCII (IDNA), no trailing dot. A wildcard is the whole first label, before a name of two labels or more.
 *
 * @throws {AditError} 326: a character that names cannot have, or no domain name at all. 327: an empty label. 328, 329: a
 *   label's first or last character. 330: "--" in third and fourth place. 347: punycode or letters that IDNA does not know.
 *   355: an underscore. 396, 397: too long. 402: a wildcard further down. 403: a wildcard that is part of a label.
 */
export function parseHostName(text: string): string {
  const refuse: Refuse = (code, why) => {
    throw new AditError(code, `Cannot use ${JSON.stringify(text.slice(0, 100))} as a domain name: ${why}`);
  };
  if (text.length > maxWrittenChars) refuse(397, `it has more than ${maxChars} characters`);
  const written = text.replace(/[.\u3002\uff0e\uff61]$/, '').split(dots);
  checkWildcards(written, refuse);
  const below = written[0] === '*' ? written.slice(1) : written;
  checkCharacters(below, refuse);
  const labels = toAscii(below, refuse);
  for (const label of labels) checkLabel(label, refuse);
  // Again, since other scripts have digits, too.
  checkTop(labels, refuse);
  const host = [...written.slice(0, written.length - below.length), ...labels].join('.');
  if (host.length > maxChars) refuse(397, `it has more than ${maxChars} characters`);
  return host;
}

type Refuse = (code: ErrorCode, why: string) => never;

function checkWildcards(labels: readonly string[], refuse: Refuse): void {
  for (const [i, label] of labels.entries()) {
    if (!label.includes('*') || (i === 0 && label === '*')) continue;
    if (i === 0) refuse(403, 'a wildcard is a whole label');
    refuse(402, 'a wildcard is the first label and no other');
  }
}

/** Before the conversion to ASCII, which reads some characters as something else ("a%62" as "ab"). */
function checkCharacters(labels: readonly string[], refuse: Refuse): void {
  checkTop(labels, refuse);
  for (const label of labels) {
    if (label === '') refuse(327, 'it has an empty label');
    if (label.includes('_')) refuse(355, 'it has an underscore');
    const [foreign] = /[^a-z0-9\u0080-\u{10ffff}-]/iu.exec(label) ?? [];
    if (foreign !== undefined) refuse(326, `it has the character ${JSON.stringify(foreign)}`);
  }
}

function checkTop(labels: readonly string[], refuse: Refuse): void {
  if (labels.length < 2 || numeric.test(labels.at(-1) ?? '')) refuse(326, 'it is no name below a top-level domain');
}

function toAscii(labels: readonly string[], refuse: Refuse): string[] {
  const written = labels.join('.');
  const host = domainToASCII(written);
  if (host === '') refuse(347, 'its letters or its punycode are not those of a domain name (IDNA)');
  return host.split('.');
}

function checkLabel(label: string, refuse: Refuse): void {
  // Letters that IDNA leaves out may have been all there was.
  if (label === '') refuse(327, 'it has an empty label');
  if (label.length > maxLabelChars) refuse(396, `a label has more than ${maxLabelChars} characters`);
  if (!/^[a-z0-9]/.test(label)) refuse(328, `the label "${label}" does not begin with a letter or a digit`);
  if (!/[a-z0-9]$/.test(label)) refuse(329, `the label "${label}" does not end with a letter or a digit`);
  if (label.startsWith('xn--')) {
    if (!isPunycode(label)) refuse(347, `the label "${label}" is not valid punycode`);
  } else if (label.startsWith('--', 2)) refuse(330, `the label "${label}" has "--" in third and fourth place`);
}

/** What cannot be decoded comes back as it is. */
function isPunycode(label: string): boolean {
  const unicode = domainToUnicode(label);
  return unicode !== label && domainToASCII(unicode) === label;
}
