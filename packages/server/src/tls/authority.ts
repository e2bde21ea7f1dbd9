import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AditError } from '@adit/contracts';
import type { CertificateNotice } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import { closeToOthers, makePrivateDirectory, systemReason, writeFileAtomic } from '../files/private-file.ts';
import { makeAuthority, type SigningAuthority } from './issue.ts';
import { encodeNameConstraints } from './name-constraints.ts';

/** Certificate and private key together, so that no crash can leave one without the other. The truth. */
const secretFileName = 'ca-secret.pem';
/** The certificate alone, for clients to trust. Written again from the other when missing or different. */
const publicFileName = 'ca.pem';
const secretMode = 0o600;
const publicMode = 0o644;
/** A leaf lives 90 days at most, so none is cut short by the end of its CA. */
const renewBeforeEndMs = 90 * 24 * 3_600_000;

/** The CA of one server, as kept on disk. */
export interface StoredAuthority extends SigningAuthority {
  readonly caFile: string;
}

/**
 * Loads the development CA, or makes one: when there is none, when it is within 90 days of its end, or when it was made
 * for other domains. Tells `onNotice` when clients have to trust a new one.
 *
 * @param options.domains What the CA may sign for, with all names below.
 * @throws {AditError} 9230: the CA on disk is damaged. 9210: the directory is not writable.
 */
export async function loadAuthority(options: {
  dir: string;
  domains: readonly string[];
  clock: Clock;
  onNotice(notice: CertificateNotice): void;
}): Promise<StoredAuthority> {
  const { dir, onNotice } = options;
  await makePrivateDirectory(dir);
  const secretFile = join(dir, secretFileName);
  const caFile = join(dir, publicFileName);
  const found = await readSecret(secretFile, onNotice);
  const reason = found === undefined ? 'none was there' : unusable(found, options);
  const authority = found !== undefined && reason === undefined ? found : await create(secretFile, options);
  await publish(caFile, authority.cert);
  if (reason !== undefined) {
    const level = found === undefined ? 'info' : 'warn';
    onNotice({ level, message: `Made a new development CA, as ${reason}; clients have to trust "${caFile}"` });
  }
  return { ...authority, caFile };
}

async function create(
  secretFile: string,
  { domains, clock }: { domains: readonly string[]; clock: Clock },
): Promise<SigningAuthority> {
  const pem = await makeAuthority(domains, clock.timeOfDay());
  const secret = pem.cert + pem.key;
  await writeFileAtomic(secretFile, secret, secretMode);
  return parseSecret(secret);
}

async function readSecret(
  file: string,
  onNotice: (notice: CertificateNotice) => void,
): Promise<SigningAuthority | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new AditError(9230, `Cannot read the development CA "${file}": ${systemReason(cause)}`, { cause });
  }
  if (await closeToOthers(file, secretMode)) {
    onNotice({
      level: 'warn',
      message: `Others could read the key of the development CA "${file}"; took that right away`,
    });
  }
  try {
    return parseSecret(text);
  } catch (cause) {
    const advice = 'restore it from a backup, or remove it to have a new CA made that clients then have to trust';
    throw new AditError(9230, `Cannot use the development CA "${file}": it is damaged; ${advice}`, { cause });
  }
}

function parseSecret(pem: string): SigningAuthority {
  const certificate = new X509Certificate(pem);
  const key = createPrivateKey(pem);
  if (!certificate.ca || !certificate.checkPrivateKey(key) || !certificate.verify(certificate.publicKey)) {
    throw new TypeError('The certificate is not that of a CA with this key');
  }
  return { cert: certificate.toString(), key, notAfterMs: Date.parse(certificate.validTo) };
}

/** Why a CA that is whole cannot be used any longer; undefined: it can. */
function unusable(
  authority: SigningAuthority,
  { domains, clock }: { domains: readonly string[]; clock: Clock },
): string | undefined {
  if (authority.notAfterMs - clock.timeOfDay() < renewBeforeEndMs) return 'the old one is about to expire';
  const { raw } = new X509Certificate(authority.cert);
  return raw.includes(encodeNameConstraints(domains)) ? undefined : 'the old one is for another domain';
}

async function publish(caFile: string, cert: string): Promise<void> {
  const published = await readFile(caFile, 'utf8').catch(() => undefined); // Missing or unreadable: written anew.
  if (published !== cert) await writeFileAtomic(caFile, cert, publicMode);
}
