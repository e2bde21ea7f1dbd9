import { generateKeyPair, X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import type { Client, ClientExternalAccountBindingOptions } from 'acme-client';
import type { CertificatePem } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import type { AcmeAccount } from '../domain/managed-certificates.ts';
import type { Store } from '../domain/store.ts';
import { AcmeFailure } from './acme-failure.ts';
import type { AcmeLimits } from './acme-limits.ts';
import { type AuthorityRequest, authorityRequests } from './authority-requests.ts';
import { placeOrder } from './place-order.ts';
import type { ChallengeType, Prover } from './prover.ts';

export interface AuthorityOptions {
  readonly directoryUrl: string;
  /** Told to the authority, for what its people have to say about the account. */
  readonly email: string;
  /** Ties the account to one that the authority has already (RFC 8555 §7.3.4); undefined: it asks for none. */
  readonly externalAccount: ClientExternalAccountBindingOptions | undefined;
  /** Roots that are trusted for the authority's own HTTPS besides the usual ones, as PEM; undefined: none. */
  readonly roots: string | undefined;
  readonly userAgent: string;
  readonly store: Pick<Store, 'readAcmeAccount' | 'write'>;
  readonly clock: Clock;
  readonly limits: AcmeLimits;
}

export interface CertificateRequest {
  readonly names: readonly string[];
  readonly keyType: 'ecdsa' | 'rsa';
  readonly proof: ChallengeType;
}

const makeKeyPair = promisify(generateKeyPair);

/** One ACME directory (RFC 8555 §7.1.1) and the account there, which all servers on one store share. */
export class Authority {
  readonly directoryUrl: string;
  readonly #options: AuthorityOptions;
  readonly #agent: Agent;

  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.directoryUrl = options.directoryUrl;
    const ca = options.roots && [...getCACertificates('default'), options.roots];
    this.#agent = new Agent({ keepAlive: true, maxSockets: 4, ...(ca && { ca }) });
  }

  /**
   * A new certificate with a new key.
   *
   * @throws {AcmeFailure}
   */
  async issue(
    request: CertificateRequest,
    { prover, signal }: { prover: Pick<Prover, 'answer'>; signal: AbortSignal },
  ): Promise<CertificatePem> {
    const order = (client: Client) => this.#order(client, request, { prover, signal });
    try {
      return await order(await this.#clientWithAccount(signal));
    } catch (error) {
      // It forgot us; whoever was deactivated gets another problem.
      if (!(error instanceof AcmeFailure) || error.problem !== 'accountDoesNotExist') throw error;
      return await order(await this.#register(signal));
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #order(
    client: Client,
    { names, keyType, proof }: CertificateRequest,
    { prover, signal }: { prover: Pick<Prover, 'answer'>; signal: AbortSignal },
  ): Promise<CertificatePem> {
    const { crypto } = await import('acme-client');
    const key = await makeKey(keyType);
    const [, csr] = await crypto.createCsr({ altNames: [...names] }, key);
    const { host } = new URL(this.directoryUrl);
    const tools = { client, prover, signal, clock: this.#options.clock, host };
    const cert = await placeOrder({ names, proof, csr }, tools);
    return checked({ cert, key }, names, host);
  }

  async #clientWithAccount(signal: AbortSignal): Promise<Client> {
    const account = await this.#options.store.readAcmeAccount(this.directoryUrl);
    if (!account || account.accountUrl === null) return await this.#register(signal, account?.key);
    return await this.#client({ ...account, accountUrl: account.accountUrl }, signal);
  }

  /** With the same key again it is the same account. */
  async #register(signal: AbortSignal, known?: string): Promise<Client> {
    const { store, email } = this.#options;
    const { directoryUrl } = this;
    const key = known ?? (await store.readAcmeAccount(directoryUrl))?.key ?? (await makeKey('ecdsa'));
    await store.write((tx) => tx.putAcmeAccount({ directoryUrl, accountUrl: null, key }));
    const client = await this.#client({ directoryUrl, accountUrl: null, key }, signal);
    await client.createAccount({ termsOfServiceAgreed: true, contact: [`mailto:${email}`] });
    const accountUrl = client.getAccountUrl();
    await store.write((tx) => tx.putAcmeAccount({ directoryUrl, accountUrl, key }));
    return client;
  }

  async #client({ accountUrl, key }: AcmeAccount, signal: AbortSignal): Promise<Client> {
    const { Client: AcmeClient } = await import('acme-client');
    const { externalAccount, clock, limits, userAgent } = this.#options;
    const client = new AcmeClient({
      ...{ directoryUrl: this.directoryUrl, accountKey: key },
      ...(accountUrl !== null && { accountUrl }),
      ...(externalAccount && { externalAccountBinding: externalAccount }),
    });
    // Its types do not say that it is there; the exact version is pinned, and without it nothing would be issued in tests.
    const { http } = client as unknown as { http: { request: AuthorityRequest } };
    http.request = authorityRequests({ agent: this.#agent, clock, limits, userAgent, signal });
    return client;
  }
}

/** PKCS #8, as PEM. */
async function makeKey(type: 'ecdsa' | 'rsa'): Promise<string> {
  const { privateKey } =
    type === 'rsa'
      ? await makeKeyPair('rsa', { modulusLength: 2048 })
      : await makeKeyPair('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What an authority sends is looked at before it is kept: a wrong one would be served for weeks. */
function checked(pem: CertificatePem, names: readonly string[], host: string): CertificatePem {
  const certificate = new X509Certificate(pem.cert);
  const isFor = (name: string) => certificate.checkHost(name.replace(/^[*]/, 'a')) !== undefined;
  if (!names.every(isFor)) throw new AcmeFailure('internal', `${host} issued a certificate for other names`);
  return pem;
}
