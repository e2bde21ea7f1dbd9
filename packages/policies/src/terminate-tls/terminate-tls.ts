import { X509Certificate } from 'node:crypto';
import {
  type ConnectContext,
  type Decision,
  definePolicy,
  type PolicyHost,
  proceed,
  type TlsDemands,
} from '@adit/policy-kit';
import { isStillGood, type Trust } from './client-check.ts';
import { readOwnCertificate } from './read-own-certificate.ts';
import { readTrust } from './read-trust.ts';
import { type TerminateTlsConfig, terminateTlsConfig } from './schema.ts';

const denial = (reason: 'no-tls' | 'tls-version' | 'no-certificate' | 'bad-certificate', code: 9003 | 9012) =>
  Object.freeze({ outcome: 'deny', reason: `terminate-tls/${reason}`, code } as const);
const noTls = denial('no-tls', 9003);
const otherVersion = denial('tls-version', 9003);
const noCertificate = denial('no-certificate', 9012);
const badCertificate = denial('bad-certificate', 9012);

/** Says what an endpoint asks of TLS, and lets nobody in who came another way; see README.md. */
export const terminateTls = definePolicy<TerminateTlsConfig>({
  name: 'terminate-tls',
  phases: ['on_tcp_connect'],
  protocols: ['https', 'tls'],
  schema: terminateTlsConfig,
  reasons: {
    'no-tls': 'This server did not end the TLS of the connection, or there was none.',
    'tls-version': 'The connection has a version of TLS that the endpoint does not take.',
    'no-certificate': 'The endpoint wants a certificate, and the visitor gave none.',
    'bad-certificate': "The visitor's certificate is not, or no longer, one of those that the endpoint trusts.",
  },
  results: {
    version: 'string',
    cipher_suite: 'string',
    sni: 'string',
    client: { serial_number: 'string', is_verified: 'bool' },
  },
  async prepare(config, host) {
    const { demands: tls, trust } = await demandsOf(config, host);
    const versions = new Set(['TLSv1.2', 'TLSv1.3'].filter((one) => tls.minVersion <= one && one <= tls.maxVersion));

    function decide(context: ConnectContext): Decision {
      const facts = context.connection.tls;
      if (!facts) return noTls;
      if (!versions.has(facts.version)) return otherVersion;
      const strategy = trust?.clients.strategy ?? 'request';
      const certificate = facts.clientCertificate;
      if (strategy !== 'request' && certificate === null) return noCertificate;
      if (trust && strategy === 'require-and-verify' && !isStillGood(facts, trust, context.nowMs))
        return badCertificate;
      return proceed;
    }
    function connect(context: ConnectContext): Decision {
      const decision = decide(context);
      if (decision === proceed) context.setResult(resultOf(context));
      return decision;
    }
    return { tls, connect, recheck: connect };
  },
});

async function demandsOf(
  config: TerminateTlsConfig,
  host: PolicyHost,
): Promise<{ demands: TlsDemands; trust: Trust | null }> {
  const trust = await readTrust(config, host);
  const demands: TlsDemands = {
    minVersion: `TLSv${config.min_version}`,
    maxVersion: `TLSv${config.max_version}`,
    certificate: readOwnCertificate(config),
    clients: trust?.clients ?? null,
  };
  return { demands, trust };
}

function resultOf({ connection: { tls, serverName } }: ConnectContext): Readonly<Record<string, unknown>> {
  const certificate = tls?.clientCertificate ? new X509Certificate(tls.clientCertificate) : null;
  return {
    version: tls?.version ?? '',
    cipher_suite: tls?.cipherSuite ?? '',
    sni: serverName ?? '',
    client: {
      serial_number: certificate?.serialNumber.toLowerCase() ?? '',
      is_verified: tls?.isClientVerified ?? false,
    },
  };
}
