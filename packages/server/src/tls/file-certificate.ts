import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContext } from 'node:tls';
import { AditError } from '@adit/contracts';
import type { CertificateNotice, CertificatePem, CertificateSource } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import { FileWatch } from '../files/file-watch.ts';
import { systemReason } from '../files/private-file.ts';
import { makeSecureContext } from './leaf-cache.ts';

export interface FileCertificateOptions {
  /** PEM: the certificate of the server, then those of the CAs between it and a root. */
  readonly certFile: string;
  /** PEM, unencrypted. */
  readonly keyFile: string;
  readonly clock: Clock;
  readonly onNotice?: (notice: CertificateNotice) => void;
  /** Milliseconds between two looks at the files. Default 2,000. */
  readonly pollIntervalMs?: number;
}

/**
 * One certificate for all names, from two files that an operator (or an ACME client) keeps. Read again when either
 * changes; when the new pair is broken, or only half written, the old one stays in use and `onNotice` hears of it.
 *
 * @throws {AditError} 9230: a file cannot be read, or the two are no certificate with its key.
 */
export async function createFileCertificate(options: FileCertificateOptions): Promise<CertificateSource> {
  const { certFile, keyFile, clock, pollIntervalMs = 2_000 } = options;
  const watch = await FileWatch.begin([certFile, keyFile], { clock, intervalMs: pollIntervalMs });
  return new FileCertificate(options, { watch, loaded: await loadCertificate(options) });
}

interface Loaded {
  readonly pem: CertificatePem;
  readonly context: SecureContext;
}

class FileCertificate implements CertificateSource {
  readonly caFile = null;
  readonly caPem = null;
  readonly #options: FileCertificateOptions;
  readonly #watch: FileWatch;
  #loaded: Loaded;

  constructor(options: FileCertificateOptions, { watch, loaded }: { watch: FileWatch; loaded: Loaded }) {
    this.#options = options;
    this.#loaded = loaded;
    this.#watch = watch;
    watch.follow(() => this.#loadAgain());
  }

  async contextFor(): Promise<SecureContext> {
    return this.#loaded.context;
  }

  async certificateFor(): Promise<CertificatePem> {
    return this.#loaded.pem;
  }

  close(): void {
    this.#watch.close();
  }

  async #loadAgain(): Promise<void> {
    const { certFile, onNotice } = this.#options;
    try {
      this.#loaded = await loadCertificate(this.#options);
      onNotice?.({ level: 'info', message: `Loaded the changed certificate "${certFile}"` });
    } catch (error) {
      const reason = error instanceof AditError ? error.message : 'Internal error';
      onNotice?.({ level: 'warn', message: `${reason}; the certificate read before stays in use` });
    }
  }
}

async function loadCertificate({ certFile, keyFile }: FileCertificateOptions): Promise<Loaded> {
  const cert = await readText(certFile, 'certificate');
  const key = await readText(keyFile, 'key');
  const leaf = parseChain(certFile, cert);
  if (!leaf.checkPrivateKey(parseKey(keyFile, key))) {
    throw new AditError(9230, `Cannot use the key "${keyFile}": it does not belong to the certificate "${certFile}"`);
  }
  const pem: CertificatePem = { cert, key };
  try {
    return { pem, context: makeSecureContext(pem) };
  } catch (cause) {
    throw new AditError(9230, `Cannot use the certificate "${certFile}": TLS does not accept it`, { cause });
  }
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AditError(9230, `Cannot read the ${what} "${file}": ${systemReason(cause)}`, { cause });
  }
}

/** Every certificate of the chain must parse; answers with the first. */
function parseChain(file: string, text: string): X509Certificate {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    const [leaf] = blocks.map((block) => new X509Certificate(block));
    const isWhole = blocks.length === text.split('-----BEGIN CERTIFICATE-----').length - 1;
    if (!isWhole) throw new TypeError('A certificate has no end');
    if (leaf !== undefined) return leaf;
  } catch (cause) {
    throw new AditError(9230, `Cannot use the certificate "${file}": one of its certificates is damaged`, { cause });
  }
  throw new AditError(9230, `Cannot use the certificate "${file}": it holds no PEM certificate`);
}

function parseKey(file: string, text: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const isEncrypted = text.includes('ENCRYPTED');
    const reason = isEncrypted ? 'it is encrypted' : 'it is not an unencrypted PEM private key';
    throw new AditError(9230, `Cannot use the key "${file}": ${reason}`, { cause });
  }
}
