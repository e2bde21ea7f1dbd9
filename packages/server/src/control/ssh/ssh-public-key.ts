import { hash } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { SshFields } from './ssh-fields.ts';
import { sshKeyTypes } from './ssh-key-types.ts';

export interface SshPublicKey {
  readonly type: string;
  /** Empty if there is none. */
  readonly comment: string;
  /** As OpenSSH shows it, `SHA256:…`. Two keys are the same exactly if their fingerprints are. */
  readonly fingerprint: string;
  /** The line in its one form: type, key and comment with one space between. */
  readonly line: string;
}

/** The largest RSA key takes 1,400; the rest is for the comment. */
const maxChars = 4_096;

/**
 * Reads one line of an OpenSSH `authorized_keys` or `.pub` file, without options: what a key may do is in its ACL.
 *
 * @throws {AditError} 612: says what is wrong. Quotes nothing but the type: people paste private keys.
 */
export function parseSshPublicKey(text: string): SshPublicKey {
  if (text.length > maxChars) throw invalid(`it is longer than ${maxChars} characters`);
  if (text.includes('PRIVATE KEY')) throw invalid('it is a private key, give the one in the ".pub" file');
  const line = text.trim();
  if (/[\p{Cc}\u2028\u2029]/u.test(line.replaceAll('\t', ' '))) throw invalid('it is more than one line of text');
  const [type = '', encoded = '', ...words] = line.split(/[ \t]+/);
  const readKey = sshKeyTypes.get(type);
  if (readKey === undefined) throw unknownType(type, [encoded, ...words]);
  const key = Buffer.from(encoded, 'base64');
  if (key.length === 0 || key.toString('base64') !== encoded) throw invalid('its second word is not base64');
  const fields = new SshFields(key);
  if (fields.text() !== type) throw invalid(`the key in it is not of type "${type}"`);
  const problem = readKey(fields) ?? (fields.isAtEnd ? undefined : 'there is something after the key');
  if (problem !== undefined) throw invalid(problem);
  const comment = words.join(' ');
  const fingerprint = `SHA256:${hash('sha256', key, 'base64').replace(/=+$/, '')}`;
  return { type, comment, fingerprint, line: [type, encoded, ...words].join(' ') };
}

function unknownType(first: string, others: readonly string[]): AditError {
  const types = [...sshKeyTypes.keys()];
  if (first === '') return invalid('it is empty');
  if (others.some((word) => sshKeyTypes.has(word))) return invalid('it has options; leave them out');
  const isType = /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]{1,40}$/.test(first);
  return invalid(`${isType ? `"${first}"` : 'its first word'} is none of ${types.join(', ')}`);
}

function invalid(why: string): AditError {
  return new AditError(612, `Cannot use the SSH public key: ${why}`);
}
