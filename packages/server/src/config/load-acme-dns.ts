import { access, constants, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { AditError } from '@adit/contracts';
import type { ServerOptions } from './server-options.ts';
import { systemReason } from './system-reason.ts';

/** How names are proved in the DNS. */
export type AcmeDnsSettings =
  | {
      readonly kind: 'update';
      readonly address: { readonly host: string; readonly port: number };
      readonly key: KeyFile;
    }
  | { readonly kind: 'hook'; readonly file: string; readonly env: Readonly<Record<string, string>> };

interface KeyFile {
  readonly file: string;
  readonly text: string;
}

const dnsPort = 53;

/** Programs need these to run at all. Whatever else we have, such as ADIT_SECRETS_KEY, is nobody's business. */
const hookVariables = ['PATH', 'HOME', 'LANG', 'TZ'];

/**
 * Undefined: they are not.
 *
 * @param env The process environment; of it a hook gets PATH, HOME, LANG and TZ.
 * @throws {AditError} 9202: the key cannot be read, or the hook cannot be run.
 */
export async function loadAcmeDns(
  options: ServerOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<AcmeDnsSettings | undefined> {
  const { 'acme-dns-server': server, 'acme-dns-key-file': keyFile, 'acme-dns-hook': hook } = options;
  if (hook !== undefined) return { kind: 'hook', file: await checkExecutable(resolve(hook)), env: variablesOf(env) };
  if (server === undefined || keyFile === undefined) return undefined;
  const text = await readFile(keyFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AditError(9202, `Cannot read the DNS key "${keyFile}": ${systemReason(cause)}`, { cause });
  });
  return { kind: 'update', address: addressOf(server), key: { file: keyFile, text } };
}

function variablesOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(hookVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

async function checkExecutable(file: string): Promise<string> {
  await access(file, constants.X_OK).catch((cause: NodeJS.ErrnoException) => {
    throw new AditError(9202, `Cannot run the DNS hook "${file}": ${systemReason(cause)}`, { cause });
  });
  return file;
}

/** Of a text that the schema has checked: `ip`, `v4:port` or `[v6]:port`. */
function addressOf(server: string): { host: string; port: number } {
  if (isIPv6(server)) return { host: server, port: dnsPort };
  const [, host = server, port = dnsPort] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(server) ?? [];
  return { host, port: Number(port) };
}
