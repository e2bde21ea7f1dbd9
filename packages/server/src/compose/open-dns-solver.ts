import type { DnsSolver } from '../acme/dns/dns-solver.ts';
import { HookSolver } from '../acme/dns/hook-solver.ts';
import { parseTsigKey } from '../acme/dns/tsig-key.ts';
import { UpdateSolver } from '../acme/dns/update-solver.ts';
import { loadAcmeDns } from '../config/load-acme-dns.ts';
import { createPublicDns } from '../dns/create-public-dns.ts';
import { createTxtResolver } from '../dns/txt-resolver.ts';
import type { Foundation } from './open-foundation.ts';

/**
 * What proves names in the DNS; undefined: nothing does.
 *
 * @throws {AditError} 9201, 9202: the key or hook that an option names.
 */
export async function openDnsSolver({
  options,
  clock,
  log,
}: Pick<Foundation, 'options' | 'clock' | 'log'>): Promise<DnsSolver | undefined> {
  const settings = await loadAcmeDns(options);
  if (!settings) return undefined;
  const resolver = options['dns-resolver'];
  if (settings.kind === 'hook') {
    const { file, env } = settings;
    return new HookSolver({ file, env, resolveTexts: createTxtResolver(resolver), clock, log });
  }
  const key = parseTsigKey(settings.key.text, settings.key.file);
  return new UpdateSolver({ address: settings.address, key, dns: createPublicDns(resolver), clock });
}
