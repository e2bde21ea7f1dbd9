import { verify, type X509Certificate } from 'node:crypto';
import { bodyFields, bodyText, type Checks, type Claim, type Delivery, Refused } from '../delivery.ts';
import { decodeBase64 } from '../digests.ts';
import { parseTime } from '../timestamps.ts';

/** Amazon SNS: RSA over fields of the JSON, with a certificate that the message names and Amazon serves. */
export interface SnsScheme {
  readonly family: 'sns';
}

type Fields = Readonly<Record<string, string>>;

const confirmationFields = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const signedFields: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: confirmationFields,
  UnsubscribeConfirmation: confirmationFields,
};
/** Strings, brackets and colons: many more than a message with all its attributes has. */
const maxTokens = 1_000;
const neededFields = ['Signature', 'SignatureVersion', 'SigningCertURL', 'Timestamp', 'TopicArn', 'Type'];
const readFields = new Set([...neededFields, ...Object.values(signedFields).flat()]);
const hashes: Readonly<Record<string, string>> = { 1: 'sha1', 2: 'sha256' };

export async function claimBySns(_scheme: SnsScheme, delivery: Delivery, checks: Checks): Promise<Claim> {
  const fields = textFields(delivery);
  const message = [Buffer.from(stringToSign(fields))];
  const hash = hashes[fields['SignatureVersion'] ?? ''];
  const signature = decodeBase64(fields['Signature'] ?? '');
  const signedAtMs = parseTime(fields['Timestamp'] ?? '', 'iso');
  if (!hash || !signature) throw new Refused('malformed-signature');
  // Before anything is fetched: who does not know the topic makes us fetch nothing.
  if (!isOwnTopic(fields['TopicArn'] ?? '', checks.secrets)) throw new Refused('foreign-topic');
  const certificate = await checks.certificates.get(fields['SigningCertURL'] ?? '');
  if (!certificate || !isValidAt(certificate, checks.nowMs)) throw new Refused('no-certificate');
  return { isGenuine: isSigned({ hash, message, signature, certificate }), message, signedAtMs };
}

/** Whether a topic is one of those, each written as an account's id or as the ARN itself. None: every topic is. */
function isOwnTopic(arn: string, topics: readonly string[]): boolean {
  return topics.length === 0 || topics.some((topic) => topic !== '' && (topic === arn || topic === arn.split(':')[4]));
}

/** An account's id, or the ARN of a topic. */
export function isTopicOwner(text: string): boolean {
  return /^\d{12}$/.test(text) || /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/.test(text);
}

function textFields(delivery: Delivery): Fields {
  const members = countMembers(bodyText(delivery));
  const fields = bodyFields(delivery);
  // Of two members of one name we would see the last, and the service perhaps the first.
  if (members !== Object.keys(fields).length) throw new Refused('malformed-body');
  const texts: Record<string, string> = {};
  for (const name of readFields) {
    const value = fields[name];
    // One that is no text would not be signed, and yet be there.
    if (value !== undefined && typeof value !== 'string') throw new Refused('malformed-body');
    if (value === undefined && neededFields.includes(name)) throw new Refused('missing-signature');
    if (value !== undefined) texts[name] = value;
  }
  return texts;
}

/** A string, or what is there of one without an end: whoever looked for its end from each of its quotation marks would not get done. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[{}[\]:]/gs;

/** How many members the outermost object of a JSON text has, those of the same name each. */
function countMembers(json: string): number {
  let [depth, members, count] = [0, 0, 0];
  for (const [token] of json.matchAll(tokens)) {
    if (++count > maxTokens) throw new Refused('malformed-body');
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === ':' && depth === 1) members++;
  }
  return members;
}

function stringToSign(fields: Fields): string {
  const type = fields['Type'] ?? '';
  const names = Object.hasOwn(signedFields, type) ? signedFields[type] : undefined;
  if (!names) throw new Refused('malformed-body');
  return names.map((name) => (fields[name] === undefined ? '' : `${name}\n${fields[name]}\n`)).join('');
}

function isValidAt(certificate: X509Certificate, timeMs: number): boolean {
  return certificate.validFromDate.getTime() <= timeMs && timeMs <= certificate.validToDate.getTime();
}

interface Signed {
  readonly hash: string;
  readonly message: readonly Uint8Array[];
  readonly signature: Uint8Array;
  readonly certificate: X509Certificate;
}

function isSigned({ hash, message, signature, certificate }: Signed): boolean {
  const key = certificate.publicKey;
  return key.asymmetricKeyType === 'rsa' && verify(hash, Buffer.concat(message), key, signature);
}
