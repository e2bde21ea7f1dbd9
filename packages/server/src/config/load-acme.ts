import { readFile } from 'node:fs/promises';
import { AditError } from '@adit/contracts';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ServerOptions } from './server-options.ts';
import { systemReason } from './system-reason.ts';

/** By whom and how certificates are got. */
export interface AcmeSettings {
  readonly email: string;
  readonly directoryUrls: readonly string[];
  /** For the first directory. */
  readonly externalAccount: { readonly kid: string; readonly hmacKey: string } | undefined;
  /** PEM. */
  readonly roots: string | undefined;
}

const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory';
const externalAccount = z.strictObject({
  kid: z.string().min(1),
  'hmac-key': z.string().regex(/^[A-Za-z0-9+/_-]{16,}={0,2}$/),
});

/**
 * Undefined: none are got.
 *
 * @throws {AditError} 9201, 9202: one of the files.
 */
export async function loadAcme(options: ServerOptions): Promise<AcmeSettings | undefined> {
  const email = options['acme-email'];
  if (email === undefined) return undefined;
  const [eabFile, caFile] = [options['acme-eab-file'], options['acme-ca-file']];
  return {
    email,
    directoryUrls: options['acme-directory'] ?? [letsEncrypt],
    externalAccount: eabFile === undefined ? undefined : parseExternalAccount(await read(eabFile), eabFile),
    roots: caFile === undefined ? undefined : checkedRoots(await read(caFile), caFile),
  };
}

async function read(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AditError(9202, `Cannot read "${file}": ${systemReason(cause)}`, { cause });
  });
}

/** What is wrong is not said in the parser's words: they would show the key. */
function parseExternalAccount(text: string, file: string): AcmeSettings['externalAccount'] {
  const { data } = externalAccount.safeParse(parseYaml(text));
  if (data) return { kid: data.kid, hmacKey: data['hmac-key'] };
  throw new AditError(
    9201,
    `Cannot use "${file}": it must have two lines, "kid: …" and "hmac-key: …", as the authority gave them`,
  );
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function checkedRoots(text: string, file: string): string {
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new AditError(9201, `Cannot use "${file}": it has no PEM certificate`);
}
