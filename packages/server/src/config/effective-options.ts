import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ServerOptions } from './server-options.ts';

/** Defaults that depend on other options or on the machine, filled in. */
export interface EffectiveOptions {
  readonly dataDir: string;
  readonly listen: string;
  readonly httpsPort: number;
  readonly httpPort: number;
}

/** @param env The process environment; only XDG_DATA_HOME is read. */
export function effectiveOptions(options: ServerOptions, env: NodeJS.ProcessEnv = process.env): EffectiveOptions {
  const isLocal = isLocalDomain(options.domain);
  return {
    // Absolute, because others are told: the CA's path in the ready line, the agent's configuration.
    dataDir: resolve(options['data-dir'] ?? join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'adit')),
    listen: options.listen ?? (isLocal ? '127.0.0.1' : '::'),
    httpsPort: options['https-port'] ?? (isLocal ? 8443 : 443),
    httpPort: options['http-port'] ?? (isLocal ? 8080 : 80),
  };
}

/** Names below `localhost` reach loopback only (RFC 6761 §6.3), so the listeners need no other address. */
function isLocalDomain(domain: string): boolean {
  return domain === 'localhost' || domain.endsWith('.localhost');
}
