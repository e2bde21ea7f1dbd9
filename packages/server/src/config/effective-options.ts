import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AditError } from '@adit/contracts';
import type { ServerOptions } from './server-options.ts';

/** Defaults that depend on other options or on the machine, filled in. */
export interface EffectiveOptions {
  readonly dataDir: string;
  readonly listen: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Where the keys of stored secrets are. */
  readonly secretsKeys: { readonly file: string } | { readonly variable: string };
}

/**
 * @param env The process environment; only XDG_DATA_HOME and ADIT_SECRETS_KEY are read.
 * @throws {AditError} 9201: the keys of secrets are said to be in two places.
 */
export function effectiveOptions(options: ServerOptions, env: NodeJS.ProcessEnv = process.env): EffectiveOptions {
  const isLocal = isLocalDomain(options.domain);
  // Absolute, because others are told: the CA's path in the ready line, the agent's configuration.
  const dataDir = resolve(
    options['data-dir'] ?? join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'adit'),
  );
  return {
    dataDir,
    listen: options.listen ?? (isLocal ? '127.0.0.1' : '::'),
    httpsPort: options['https-port'] ?? (isLocal ? 8443 : 443),
    httpPort: options['http-port'] ?? (isLocal ? 8080 : 80),
    secretsKeys: secretsKeys(options['secrets-key-file'], { dataDir, variable: env['ADIT_SECRETS_KEY'] }),
  };
}

/** An empty variable counts: falling back to a file would keep a key where none is wanted. */
function secretsKeys(
  file: string | undefined,
  { dataDir, variable }: { dataDir: string; variable: string | undefined },
): EffectiveOptions['secretsKeys'] {
  if (variable === undefined) return { file: resolve(file ?? join(dataDir, 'secrets.key')) };
  if (file === undefined) return { variable };
  throw new AditError(9201, 'Cannot use secrets-key-file and ADIT_SECRETS_KEY together: choose one');
}

/** Names below `localhost` reach loopback only (RFC 6761 §6.3), so the listeners need no other address. */
function isLocalDomain(domain: string): boolean {
  return domain === 'localhost' || domain.endsWith('.localhost');
}
