import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemReason } from '../../files/private-file.ts';
import type { Check, Finding } from './finding.ts';

const about = 'certificate';
const dayMs = 24 * 3_600_000;
const soonMs = 21 * dayMs;

/** Until when the operator's certificate, or the development CA, is good. */
export const checkCertificate: Check = async ({ options, settings, nowMs }) => {
  const own = options['tls-cert'];
  if (own) return [await expiryOf(own, { nowMs, todo: 'Renew it; the server reads the new files by itself.' })];
  const file = join(settings.dataDir, 'tls', 'ca.pem');
  const isThere = await readFile(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return [{ about, level: 'ok', text: 'There is no development CA yet; the next start makes one.' }];
  return [await expiryOf(file, { nowMs, todo: 'Restart the server: it makes a new CA, which clients have to trust.' })];
};

async function expiryOf(file: string, { nowMs, todo }: { nowMs: number; todo: string }): Promise<Finding> {
  const bytes = await readFile(file).catch((error: unknown) => systemReason(error));
  if (typeof bytes === 'string') return { about, level: 'fail', text: `Cannot read "${file}": ${bytes}.`, todo };
  const certificate = parse(bytes);
  if (!certificate) return { about, level: 'fail', text: `"${file}" is not a PEM certificate.`, todo };
  const [fromMs, untilMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const until = new Date(untilMs).toISOString();
  if (fromMs > nowMs) {
    const text = `"${file}" is not valid before ${new Date(fromMs).toISOString()}.`;
    return { about, level: 'fail', text, todo: 'Check the clock of this machine, and the certificate.' };
  }
  if (untilMs <= nowMs) return { about, level: 'fail', text: `"${file}" has expired on ${until}.`, todo };
  if (untilMs - nowMs < soonMs) return { about, level: 'warn', text: `"${file}" expires on ${until}.`, todo };
  return { about, level: 'ok', text: `"${file}" is valid until ${until}.` };
}

function parse(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}
