import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** What one hash costs (RFC 9106, 3.1). */
export interface Argon2Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/**
 * One of those that OWASP's "Password Storage Cheat Sheet" calls equally strong: of them, that with the least memory whose two
 * passes are still short. Two at once take 38 MiB, where 46 MiB and one pass would take 92.
 */
export const defaultArgon2Cost: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 };

const [saltBytes, tagBytes] = [16, 32];
const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

interface Phc {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Argon2id of the password with a new salt, as a PHC string. Runs in a thread of Node's pool. */
export async function hashPassword(password: string, cost: Argon2Cost): Promise<string> {
  const salt = randomBytes(saltBytes);
  return formatPhc({ cost, salt, tag: await tagOf(password, { cost, salt, tagLength: tagBytes }) });
}

/** @throws {TypeError} The hash is none that `hashPassword` made. */
export async function isPasswordOf(hash: string, password: string): Promise<boolean> {
  const { tag, ...parts } = parsePhc(hash);
  return timingSafeEqual(tag, await tagOf(password, { ...parts, tagLength: tag.length }));
}

/** Whether it was made at another cost. */
export function isOutdated(hash: string, cost: Argon2Cost): boolean {
  return costText(parsePhc(hash).cost) !== costText(cost);
}

/** A hash that no password has but by a chance of 1 in 2^256: what is compared when there is none. */
export function nobodysHash(cost: Argon2Cost): string {
  return formatPhc({ cost, salt: Buffer.alloc(saltBytes), tag: Buffer.alloc(tagBytes) });
}

async function tagOf(
  password: string,
  { cost, salt, tagLength }: Omit<Phc, 'tag'> & { tagLength: number },
): Promise<Buffer> {
  return await derive('argon2id', { ...cost, message: password, nonce: salt, tagLength });
}

/** github.com/P-H-C/phc-string-format, with the names of RFC 9106: version 19 is 1.3. */
function formatPhc({ cost, salt, tag }: Phc): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$${costText(cost)}$${base64(salt)}$${base64(tag)}`;
}

function costText({ memory, passes, parallelism }: Argon2Cost): string {
  return `m=${memory},t=${passes},p=${parallelism}`;
}

function parsePhc(text: string): Phc {
  const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/;
  const [, memory, passes, parallelism, salt = '', tag = ''] = form.exec(text) ?? [];
  if (memory === undefined) throw new TypeError('Cannot read the hash of a password: it is not of our form');
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  return { cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
}
