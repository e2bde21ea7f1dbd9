import { isIP } from 'node:net';
import { AditError } from '@adit/contracts';
import type { ServerOptions } from './server-options.ts';

const dependent = ['acme-directory', 'acme-eab-file', 'acme-ca-file'] as const;

/** @throws {AditError} 9201: no authority would issue anything, or something else serves all names. */
export function checkAcme(options: ServerOptions): void {
  const { 'acme-email': email, domain } = options;
  if (email === undefined) {
    const given = dependent.find((name) => options[name] !== undefined);
    if (given) throw new AditError(9201, `Cannot use ${given} without acme-email, which has certificates got by ACME`);
    return;
  }
  const cannot = 'Cannot use acme-email';
  if (options['tls-cert'] !== undefined) {
    throw new AditError(9201, `${cannot} together with tls-cert, which serves all names: choose one`);
  }
  const reason = whyNot(domain);
  if (reason)
    throw new AditError(9201, `${cannot} with the domain "${domain}": ${reason}. Give a public one by domain`);
}

function whyNot(domain: string): string | undefined {
  if (domain === 'localhost' || domain.endsWith('.localhost')) return 'it is on this machine only';
  if (isIP(domain) !== 0) return 'it is an address';
  if (!domain.includes('.')) return 'it has one label';
  return undefined;
}
