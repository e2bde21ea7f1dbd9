import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { CertificatePem } from '../../domain/certificates.ts';
import { makeChallengeCertificate } from '../../tls/issue.ts';
import { challengeClassifier } from './acme-challenges.ts';
import { fixedCertificate } from './fixed-certificate.ts';
import { openTlsListener } from './tls-listener.ts';
import { httpClassifier } from './tls-service.ts';

const name = 'a.example.com';
const host = '127.0.0.1';

/** A listener that proves one name. */
async function listening() {
  const challenge = await makeChallengeCertificate(name, { keyAuthorization: 'token.key', nowMs: Date.now() });
  const usual = await makeChallengeCertificate('usual.example', { keyAuthorization: '', nowMs: Date.now() });
  const asked: string[] = [];
  const visitors: Socket[] = [];
  const passed: Socket[] = [];
  const http = httpClassifier((socket) => void visitors.push(socket));
  const listener = await openTlsListener({
    ...{ host, port: 0, clock: fakeClock(), certificates: fixedCertificate(usual), onRefused: () => undefined },
    classify: challengeClassifier({
      certificateOf: async (serverName): Promise<CertificatePem | undefined> => {
        asked.push(serverName);
        return serverName === name ? challenge : undefined;
      },
      others: (hello) =>
        hello.serverName === 'own.example'
          ? { isPassthrough: true, accept: (socket) => void passed.push(socket) }
          : http(hello),
    }),
  });
  const sockets: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of [...sockets, ...visitors, ...passed]) socket.destroy();
    await listener.close();
  });
  const visit = (servername: string, ALPNProtocols: string[]): TLSSocket => {
    const socket = connect({ host, port: listener.port, servername, ALPNProtocols, rejectUnauthorized: false });
    sockets.push(socket.on('error', () => undefined));
    return socket;
  };
  return { visit, asked, visitors, passed };
}

test('an authority sees the digest of what it asked for, in a certificate for this one name, and is let go', async () => {
  const { visit } = await listening();
  const socket = visit(name, ['acme-tls/1']);
  await once(socket, 'secureConnect');
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  expect([socket.alpnProtocol, certificate.subjectAltName]).toEqual(['acme-tls/1', `DNS:${name}`]);
  // id-pe-acmeIdentifier, critical, an OCTET STRING of the digest inside the one of the extension (RFC 8737 §3).
  const digest = createHash('sha256').update('token.key').digest('hex');
  expect(certificate.raw.toString('hex')).toContain(`06082b0601050507011f0101ff04220420${digest}`);
  await once(socket.resume(), 'close');
});

test.each([[['h2']], [['acme-tls/1', 'http/1.1']], [['http/1.1', 'acme-tls/1']]])(
  'who offers %j is a visitor, for whom nothing is looked up',
  async (protocols) => {
    const { visit, asked, visitors } = await listening();
    await once(visit(name, protocols), 'secureConnect');
    await expect.poll(() => visitors.length).toBe(1);
    expect(asked).toEqual([]);
  },
);

test('whom we prove nothing for now goes to whoever has the name', async () => {
  const { visit, asked, passed } = await listening();
  visit('own.example', ['acme-tls/1']);
  await expect.poll(() => passed.length).toBe(1);
  expect(asked).toEqual(['own.example']);
});
