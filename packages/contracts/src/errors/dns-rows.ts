import type { ErrorRow } from './error-row.ts';

/** Rows of the one table (`table.ts`): DNS records that prove our names to a certificate authority. */
export const dnsRows = {
  9270: {
    kind: 'forbidden',
    title: 'The DNS server refused the change',
    help: 'See the message for what it refused; correct its access rules, the key, or --acme-dns-server.',
  },
  9271: {
    kind: 'unavailable',
    title: 'The DNS server does not answer',
    help: 'Check --acme-dns-server, that the server runs, and that TCP port 53 is open from here to there.',
  },
  9272: {
    kind: 'timeout',
    title: 'A DNS record did not become visible',
    help: 'Look whether all name servers of the zone follow the one that is changed.',
  },
  9273: {
    kind: 'internal',
    title: 'The DNS hook failed',
    help: 'Run it by hand, as the user of the server; the log of the server has what it printed.',
  },
} as const satisfies Record<number, ErrorRow>;
