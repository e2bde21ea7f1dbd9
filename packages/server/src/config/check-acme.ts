import { isIP } from 'node:net';
import { AditError } from '@adit/contracts';
import type { ServerOptions } from './server-options.ts';

const dependent = [
  'acme-directory',
  'acme-eab-file',
  'acme-ca-file',
  'acme-dns-server',
  'acme-dns-key-file',
  'acme-dns-hook',
] as const;

/** @throws {AditError} 9201: no authority would issue anything, or something else serves all names. */
export function checkAcme(options: ServerOptions): void {
  const { 'acme-email': email, domain } = options;
  if (email === undefined) {
    const given = dependent.find((name) => options[name] !== undefined);
    if (given) throw new AditError(9201, `Cannot use ${given} without acme-email, which has certificates got by ACME`);
    return;
  }
  checkAcmeDns(options);
  const cannot = 'Cannot use acme-email';
  if (options['tls-cert'] !== undefined) {
    throw new AditError(9201, `${cannot} together with tls-cert, which serves all names: choose one`);
  }
  const reason = whyNot(domain);
  if (reason)
    throw new AditError(9201, `${cannot} with the domain "${domain}": ${reason}. Give a public one by domain`);
}

function checkAcmeDns(options: ServerOptions): void {
  const { 'acme-dns-server': server, 'acme-dns-key-file': keyFile, 'acme-dns-hook': hook } = options;
  if (hook !== undefined && (server ?? keyFile) !== undefined) {
    const other = server === undefined ? 'acme-dns-key-file' : 'acme-dns-server';
    throw new AditError(9201, `Cannot use acme-dns-hook together with ${other}: choose one way to change the DNS`);
  }
  if ((server === undefined) !== (keyFile === undefined)) {
    throw new AditError(9201, 'Cannot use acme-dns-server or acme-dns-key-file alone: they are a pair');
  }
}

function whyNot(domain: string): string | undefined {
  if (domain === 'localhost' || domain.endsWith('.localhost')) return 'it is on this machine only';
  if (isIP(domain) !== 0) return 'it is an address';
  if (!domain.includes('.')) return 'it has one label';
  return undefined;
}
