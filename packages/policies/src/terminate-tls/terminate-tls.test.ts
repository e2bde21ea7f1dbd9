import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { type ClientCertificates, type PolicyHost, readRevocationLists, type TlsFacts } from '@adit/policy-kit';
import {
  basicConstraints,
  clientCertificateRows,
  type DecisionRow,
  extendedKeyUsage,
  keyUsage,
  makeRevocationList,
  makeX509,
  type RefusalRow,
  rsaKey,
  SampleContext,
  sampleHost,
  testPolicy,
} from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { terminateTls } from './terminate-tls.ts';

const nowMs = Date.now();
const ca = [basicConstraints(true), keyUsage('certSign')];
const root = makeX509({ subject: 'root', extensions: ca });
const other = makeX509({ subject: 'other', extensions: ca });
const client = makeX509({ issuer: root, serial: '0102' });
const rows = clientCertificateRows();
const mutual = (...authorities: readonly string[]) => ({ mutual_tls_certificate_authorities: authorities });

const clientsOf = (authorities: string, revocationLists: string | null = null): ClientCertificates => ({
  ...{ authorities, revocationLists, strategy: 'require-and-verify' },
});

/** What TLS found. */
function facts(changes: Partial<TlsFacts> = {}): { connect: { tls: TlsFacts } } {
  const plain = { version: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', alpn: 'h2', clientCertificate: null };
  return { connect: { tls: { ...plain, isClientVerified: false, checkedAgainst: null, ...changes } } };
}

/** A visitor with a certificate that TLS found good. */
const shown = ({ cert }: { cert: string } = client, against = clientsOf(root.cert)) =>
  facts({ clientCertificate: new X509Certificate(cert).raw, isClientVerified: true, checkedAgainst: against });

/** The account keeps the authority with that list. */
const accountWith = (list: string): Partial<PolicyHost> => ({
  certificateAuthority: async () => ({ certificates: root.cert, revocationLists: readRevocationLists([list], 'list') }),
});

const stranger = facts({
  clientCertificate: new X509Certificate(client.cert).raw,
  checkedAgainst: clientsOf(root.cert),
});
const decisions: DecisionRow[] = [
  {
    title: 'lets a visitor in whose version it takes, and says what was agreed on',
    config: {},
    ...facts({ version: 'TLSv1.2' }),
    expected: 'continue',
    check: ({ result }) => {
      const agreed = { version: 'TLSv1.2', cipher_suite: 'TLS_AES_128_GCM_SHA256', sni: 'app.example.com' };
      expect(result).toEqual({ ...agreed, client: { serial_number: '', is_verified: false } });
    },
  },
  { title: 'refuses a connection whose TLS was not ended here', config: {}, expected: 'no-tls' },
  {
    title: 'refuses an older version',
    config: { min_version: '1.3' },
    ...facts({ version: 'TLSv1.2' }),
    expected: 'tls-version',
  },
  { title: 'refuses a newer version', config: { max_version: '1.2' }, ...facts(), expected: 'tls-version' },
  {
    title: 'refuses a version that nobody knows',
    config: {},
    ...facts({ version: 'TLSv1.4' }),
    expected: 'tls-version',
  },
  {
    title: 'lets a visitor in whose certificate TLS found good',
    config: mutual(root.cert),
    ...shown(),
    nowMs,
    expected: 'continue',
    check: ({ result }) => expect(result).toMatchObject({ client: { serial_number: '0102', is_verified: true } }),
  },
  {
    title: 'refuses a visitor without a certificate',
    config: mutual(root.cert),
    ...facts(),
    nowMs,
    expected: 'no-certificate',
  },
  {
    title: 'refuses a certificate that TLS did not find good',
    config: mutual(root.cert),
    ...stranger,
    nowMs,
    expected: 'bad-certificate',
  },
  {
    title: 'refuses a certificate that has expired meanwhile',
    config: mutual(root.cert),
    ...shown(),
    nowMs: nowMs + 172_800_000,
    expected: 'bad-certificate',
  },
  {
    title: 'refuses a certificate that was good for others only',
    config: mutual(other.cert),
    ...shown(),
    nowMs,
    expected: 'bad-certificate',
  },
  {
    title: 'takes one of an authority that is beside others now',
    config: mutual(other.cert, root.cert),
    ...shown(),
    nowMs,
    expected: 'continue',
  },
  {
    title: 'refuses one that was revoked meanwhile',
    config: {
      ...mutual(root.cert),
      mutual_tls_revocation_lists: [makeRevocationList({ issuer: root, revoked: ['0102'] })],
    },
    ...shown(),
    nowMs,
    expected: 'bad-certificate',
  },
  {
    title: 'takes one that a new list does not name',
    config: {
      ...mutual(root.cert),
      mutual_tls_revocation_lists: [makeRevocationList({ issuer: root, revoked: ['0103'] })],
    },
    ...shown(),
    nowMs,
    expected: 'continue',
  },
  {
    title: 'refuses one that its authority of the account revoked meanwhile',
    config: mutual('ca_2abc'),
    host: accountWith(makeRevocationList({ issuer: root, revoked: ['0102'] })),
    ...shown(),
    nowMs,
    expected: 'bad-certificate',
  },
  {
    title: 'takes one that the list of its authority does not name',
    config: mutual('ca_2abc'),
    host: accountWith(makeRevocationList({ issuer: root, revoked: ['0103'] })),
    ...shown(),
    nowMs,
    expected: 'continue',
  },
  {
    title: 'refuses all while the list of the authority is over',
    config: mutual('ca_2abc'),
    host: accountWith(makeRevocationList({ issuer: root, revoked: [], nextUpdateMs: nowMs - 1_000 })),
    ...shown(),
    nowMs,
    expected: 'bad-certificate',
  },
  {
    title: 'refuses one that the account revoked and the policy did not',
    config: { ...mutual('ca_2abc'), mutual_tls_revocation_lists: [makeRevocationList({ issuer: root, revoked: [] })] },
    host: accountWith(makeRevocationList({ issuer: root, revoked: ['0102'] })),
    ...shown(),
    nowMs,
    expected: 'bad-certificate',
  },
  {
    title: 'refuses one that the policy revoked and the account did not',
    config: {
      ...mutual('ca_2abc'),
      mutual_tls_revocation_lists: [makeRevocationList({ issuer: root, revoked: ['0102'] })],
    },
    host: accountWith(makeRevocationList({ issuer: root, revoked: [] })),
    ...shown(),
    nowMs,
    expected: 'bad-certificate',
  },
  {
    title: 'with require-any takes whatever certificate there is',
    config: { ...mutual(root.cert), mutual_tls_verification_strategy: 'require-any' },
    ...stranger,
    expected: 'continue',
  },
  {
    title: 'with require-any refuses a visitor without',
    config: { ...mutual(root.cert), mutual_tls_verification_strategy: 'require-any' },
    ...facts(),
    expected: 'no-certificate',
  },
  {
    title: 'with request takes a visitor without',
    config: { ...mutual(root.cert), mutual_tls_verification_strategy: 'request' },
    ...facts(),
    expected: 'continue',
  },
];

const p224 = generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).privateKey;
const own = makeX509({ subject: 'app.example.com' });
const encrypted = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
}).privateKey;
const authority = (text: string) => ({ config: mutual(text), names: 'mutual_tls_certificate_authorities' });
const listed = (...texts: readonly string[]) => ({ ...mutual(root.cert), mutual_tls_revocation_lists: texts });
const refusals: RefusalRow[] = [
  {
    title: 'wants no newer minimum than the maximum',
    config: { min_version: '1.3', max_version: '1.2' },
    code: 9600,
    names: 'min_version',
  },
  { title: 'wants no version before 1.2', config: { min_version: '1.1' }, code: 9600, names: 'min_version' },
  {
    title: 'wants a key with the certificate',
    config: { server_certificate: own.cert },
    code: 9600,
    names: 'server_private_key',
  },
  {
    title: 'wants a certificate with the key',
    config: { server_private_key: own.key },
    code: 9600,
    names: 'server_certificate',
  },
  {
    title: 'wants authorities for a strategy',
    config: { mutual_tls_verification_strategy: 'require-any' },
    code: 9600,
    names: 'mutual_tls_certificate_authorities',
  },
  {
    title: 'wants authorities for lists',
    config: { mutual_tls_revocation_lists: ['x'] },
    code: 9600,
    names: 'mutual_tls_certificate_authorities',
  },
  { title: 'refuses a text that is no PEM', ...authority('ca.crt'), code: 1922 },
  { title: 'refuses a private key among the authorities', ...authority(root.cert + root.key), code: 1920 },
  { title: 'refuses a certificate that is cut', ...authority(root.cert + root.cert.slice(0, 200)), code: 1920 },
  {
    title: 'refuses a certificate that is damaged',
    ...authority(root.cert.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA')),
    code: 1900,
  },
  {
    title: 'refuses the certificate of no authority',
    config: mutual(root.cert, client.cert),
    code: 9232,
    names: 'CN=client',
  },
  {
    title: 'refuses an authority of the first version',
    config: mutual(makeX509({ subject: 'old', extensions: 'version 1' }).cert),
    code: 9232,
    names: 'CN=old',
  },
  {
    title: 'refuses an authority with a small key',
    config: mutual(makeX509({ subject: 'small', extensions: ca, key: rsaKey(1024) }).cert),
    code: 1909,
    names: '1024 bits',
  },
  {
    title: 'refuses an authority on a weak curve',
    config: mutual(makeX509({ subject: 'odd', extensions: ca, key: p224 }).cert),
    code: 1909,
    names: 'P-256',
  },
  {
    title: 'refuses more authorities than it can have',
    config: mutual(Array.from({ length: 51 }, (_, i) => makeX509({ subject: `n${i}`, extensions: ca }).cert).join('')),
    code: 9231,
    names: '51',
  },
  { title: 'refuses an id that the account does not have', config: mutual('ca_2abc'), code: 215, names: '' },
  { title: 'refuses a list that is no PEM', config: listed('nothing'), code: 9233, names: 'X509 CRL' },
  { title: 'refuses a certificate in place of a list', config: listed(root.cert), code: 9233, names: 'X509 CRL' },
  {
    title: 'refuses a list that is damaged',
    config: listed('-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----'),
    code: 9233,
    names: 'damaged',
  },
  {
    title: 'refuses a list of somebody else',
    config: listed(makeRevocationList({ issuer: other, revoked: [] })),
    code: 9233,
    names: 'none of the authorities',
  },
  {
    title: 'refuses a list that somebody else signed in that name',
    config: listed(makeRevocationList({ issuer: { ...other, subject: 'root' }, revoked: [] })),
    code: 9233,
    names: 'none of the authorities',
  },
  {
    title: 'refuses a server certificate that is none',
    config: { server_certificate: 'x', server_private_key: own.key },
    code: 1900,
    names: 'server_certificate',
  },
  {
    title: 'refuses a key that is none',
    config: { server_certificate: own.cert, server_private_key: 'x' },
    code: 1903,
    names: 'server_private_key',
  },
  {
    title: 'refuses a key that is encrypted',
    config: { server_certificate: own.cert, server_private_key: encrypted },
    code: 1902,
    names: 'server_private_key',
  },
  {
    title: 'refuses the key of another certificate',
    config: { server_certificate: own.cert, server_private_key: client.key },
    code: 1923,
    names: 'server_private_key',
  },
];

testPolicy(terminateTls, { decisions, refusals });

async function prepared(config: unknown, host = sampleHost()) {
  return await terminateTls.prepare(terminateTls.schema.parse(config), host);
}

test('what the policy and its authorities of the account revoke is asked of TLS together', async () => {
  const [ofPolicy, ofAccount] = [['0103'], ['0102']].map((revoked) => makeRevocationList({ issuer: root, revoked }));
  const config = { ...mutual('ca_2abc'), mutual_tls_revocation_lists: [ofPolicy] };
  const { tls } = await prepared(config, sampleHost({}, accountWith(ofAccount ?? '')));
  expect(tls?.clients?.revocationLists).toBe(`${ofPolicy}${ofAccount}`.trimEnd());
});

test('the demands are what the configuration says, its certificates one by one', async () => {
  const intermediate = makeX509({
    subject: 'between',
    issuer: root,
    extensions: [...ca, extendedKeyUsage('clientAuth')],
  });
  const list = makeRevocationList({ issuer: root, revoked: [] });
  const host = sampleHost(
    {},
    {
      certificateAuthority: async (id) =>
        id === 'ca_2abc' ? { certificates: other.cert, revocationLists: [] } : Promise.reject(new Error(id)),
    },
  );
  const pair = { server_certificate: own.cert, server_private_key: own.key };
  // As SDKs send them: without a line end between two.
  const joined = [root.cert, intermediate.cert].map((cert) => cert.trimEnd()).join('');
  const { tls } = await prepared(
    { ...mutual(joined, 'ca_2abc', root.cert), ...pair, mutual_tls_revocation_lists: [`text\n${list}`] },
    host,
  );
  expect(tls).toEqual({
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    certificate: { cert: own.cert, key: own.key },
    clients: {
      authorities: root.cert + intermediate.cert + other.cert,
      revocationLists: list.trimEnd(),
      strategy: 'require-and-verify',
    },
  });
  expect((await prepared({ min_version: '1.3' })).tls).toEqual({
    ...{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', certificate: null, clients: null },
  });
});

test('a stream that is open is known by its certificate to the rules behind it', async () => {
  const policy = await prepared(mutual(root.cert));
  const context = new SampleContext({ ...shown(client), nowMs });
  expect(policy.recheck?.(context).outcome).toBe('continue');
  expect(context.result).toMatchObject({ client: { serial_number: '0102', is_verified: true } });
});

// The same rows are shown to OpenSSL in the tests of the server's listener, which finds the same.
test.each(rows.filter(({ isOwnFault, title }) => !isOwnFault && title !== 'whose list is by another of that name'))(
  'recheck() of a stream whose certificate is one $title: goes on $isGood',
  async ({ demands, client: { cert }, isGood, isIntricate = false }) => {
    const lists = demands.revocationLists === null ? {} : { mutual_tls_revocation_lists: [demands.revocationLists] };
    const policy = await prepared({ ...mutual(demands.authorities), ...lists });
    // Of the certificate itself TLS has found that it is good; here it was for another authority.
    const context = new SampleContext({ ...shown({ cert }, clientsOf(other.cert)), nowMs });
    expect(policy.recheck?.(context).outcome).toBe(isGood && !isIntricate ? 'continue' : 'deny');
  },
);
