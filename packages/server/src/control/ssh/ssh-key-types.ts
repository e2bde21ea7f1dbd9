import { createPublicKey } from 'node:crypto';
import type { SshFields } from './ssh-fields.ts';

/** Bits of an RSA key: below is weak, above costs the server too much time at each login. */
const minRsaBits = 2_048;
const maxRsaBits = 8_192;
const maxExponent = 2n ** 64n;
const ed25519Bytes = 32;
const maxApplicationBytes = 255;

/** Reads what follows the type in a key; answers why it cannot be used, undefined if it can. */
type ReadKey = (fields: SshFields) => string | undefined;

/** By type: what OpenSSH makes today, without DSA. Certificates are not keys. */
export const sshKeyTypes: ReadonlyMap<string, ReadKey> = new Map<string, ReadKey>([
  ['ssh-ed25519', readEd25519],
  ['ecdsa-sha2-nistp256', ecdsa({ name: 'nistp256', jwk: 'P-256', bytes: 32 })],
  ['ecdsa-sha2-nistp384', ecdsa({ name: 'nistp384', jwk: 'P-384', bytes: 48 })],
  ['ecdsa-sha2-nistp521', ecdsa({ name: 'nistp521', jwk: 'P-521', bytes: 66 })],
  ['ssh-rsa', readRsa],
  ['sk-ssh-ed25519@openssh.com', withApplication(readEd25519)],
  ['sk-ecdsa-sha2-nistp256@openssh.com', withApplication(ecdsa({ name: 'nistp256', jwk: 'P-256', bytes: 32 }))],
]);

/** RFC 8709 §4. */
function readEd25519(fields: SshFields): string | undefined {
  return fields.bytes()?.length === ed25519Bytes ? undefined : `it does not have ${ed25519Bytes} bytes`;
}

/** RFC 4253 §6.6. */
function readRsa(fields: SshFields): string | undefined {
  const exponent = fields.positive();
  const modulus = fields.positive();
  if (exponent === undefined || modulus === undefined) return 'its numbers cannot be read';
  const bits = modulus.toString(2).length;
  if (bits < minRsaBits || bits > maxRsaBits)
    return `it has ${bits} bits; RSA keys need ${minRsaBits} to ${maxRsaBits}`;
  const isUsual = exponent > 2n && exponent < maxExponent && exponent % 2n === 1n;
  return isUsual ? undefined : 'its exponent is not an odd number from 3 to 2^64';
}

interface Curve {
  readonly name: string;
  readonly jwk: string;
  /** Of one coordinate. */
  readonly bytes: number;
}

/** RFC 5656 §3.1. */
function ecdsa(curve: Curve): ReadKey {
  return (fields) => {
    if (fields.text() !== curve.name) return 'its curve is not that of its type';
    const point = fields.bytes();
    // Uncompressed, which is the form that OpenSSH reads.
    const isWhole = point?.length === 1 + 2 * curve.bytes && point[0] === 4;
    return isWhole && isOnCurve(point.subarray(1), curve) ? undefined : 'its point is not on its curve';
  };
}

function isOnCurve(coordinates: Buffer, { jwk: crv, bytes }: Curve): boolean {
  const [x, y] = [coordinates.subarray(0, bytes), coordinates.subarray(bytes)];
  try {
    createPublicKey({
      key: { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') },
      format: 'jwk',
    });
    return true;
  } catch {
    return false;
  }
}

/** Keys in hardware name what they are for, mostly "ssh:". */
function withApplication(readKey: ReadKey): ReadKey {
  return (fields) => {
    const problem = readKey(fields);
    if (problem !== undefined) return problem;
    const application = fields.bytes();
    const isThere = application !== undefined && application.length > 0 && application.length <= maxApplicationBytes;
    return isThere ? undefined : 'it does not say what it is for';
  };
}
