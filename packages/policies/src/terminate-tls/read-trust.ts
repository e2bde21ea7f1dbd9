import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { AditError } from '@adit/contracts';
import { type AccountAuthority, listsByAuthority, type PolicyHost, readRevocationLists } from '@adit/policy-kit';
import type { Trust } from './client-check.ts';
import { readAuthorities } from './read-authorities.ts';
import type { TerminateTlsConfig } from './schema.ts';

const field = 'mutual_tls_revocation_lists';
const idForm = /^ca_[0-9A-Za-z]{1,64}$/;

/**
 * What visitors' certificates are checked against; null: they are asked for none.
 *
 * @throws {AditError} As `readAuthorities`, `readRevocationLists` and `listsByAuthority`. 215: no certificate authority has that id. 9231: TLS does
 *   not take them.
 */
export async function readTrust(
  config: TerminateTlsConfig,
  host: Pick<PolicyHost, 'certificateAuthority'>,
): Promise<Trust | null> {
  const entries = config.mutual_tls_certificate_authorities;
  if (entries.length === 0) return null;
  const named = await Promise.all(entries.map((entry) => authorityOf(entry, host)));
  const authorities = readAuthorities(named.map(({ certificates }) => certificates));
  const lists = [
    ...readRevocationLists(config.mutual_tls_revocation_lists, field),
    ...named.flatMap(({ revocationLists }) => revocationLists),
  ];
  const crl = lists.map(({ pem }) => pem);
  const clients = {
    authorities: authorities.map(({ certificate }) => certificate.toString()).join(''),
    revocationLists: crl.length > 0 ? crl.join('\n') : null,
    strategy: config.mutual_tls_verification_strategy ?? 'require-and-verify',
  };
  const byAuthority = crl.length > 0 ? listsByAuthority(lists, authorities, field) : null;
  checkTls({ ca: clients.authorities, ...(byAuthority && { crl }) });
  return { clients, authorities, lists: byAuthority };
}

async function authorityOf(entry: string, host: Pick<PolicyHost, 'certificateAuthority'>): Promise<AccountAuthority> {
  return idForm.test(entry) ? await host.certificateAuthority(entry) : { certificates: entry, revocationLists: [] };
}

/** TLS reads them with a library of its own. */
function checkTls(options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new AditError(9231, 'Cannot use "mutual_tls_certificate_authorities": TLS does not accept them', { cause });
  }
}
