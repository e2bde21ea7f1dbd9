import { X509Certificate } from 'node:crypto';
import { fetchBriefly, type PolicyHost, Slots } from '@adit/policy-kit';

/** Where certificates of SNS messages come from. */
export interface Certificates {
  /** Undefined: the address is not one of SNS, or it gives no certificate now. Never rejects. */
  get(url: string): Promise<X509Certificate | undefined>;
}

interface Entry {
  readonly certificate: Promise<X509Certificate | undefined>;
  staleAtMs: number;
}

/** One is in use in each region, and a new one now and then. */
const maxCertificates = 16;
const maxUnderWay = 4;
const keepMs = 24 * 3_600_000;
/** A stranger names the address: what fails is not asked for again at once. */
const keepFailureMs = 30_000;

/** By the form of regions: in `sns.s3-us-west-2.amazonaws.com` is what the owner of a bucket of that name has put there. */
const snsHost = /^sns[.][a-z]{2,4}(?:-[a-z]{2,16}){1,3}-\d{1,2}[.]amazonaws[.]com(?:[.]cn)?$/;

/** An address of SNS itself, by https at its usual port. Undefined: another. */
export function parseSnsUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '';
  return isPlain && snsHost.test(url.hostname) ? url : undefined;
}

function certificateUrl(text: string): URL | undefined {
  const url = parseSnsUrl(text);
  return url && url.search === '' && url.pathname.endsWith('.pem') ? url : undefined;
}

/** Fetches certificates of SNS and keeps a few of them. */
export class SnsCertificates implements Certificates {
  readonly #host: Pick<PolicyHost, 'fetch' | 'after' | 'now'>;
  readonly #entries = new Map<string, Entry>();
  readonly #slots = new Slots(maxUnderWay);

  constructor(host: Pick<PolicyHost, 'fetch' | 'after' | 'now'>) {
    this.#host = host;
  }

  async get(text: string): Promise<X509Certificate | undefined> {
    const url = certificateUrl(text);
    if (!url) return undefined;
    return this.#known(url) ?? this.#ask(url);
  }

  /** Those that are here, for whoever must not call: told of each that is not. */
  withoutCalls(onMissing: () => void): Certificates {
    return {
      get: async (text) => {
        const url = certificateUrl(text);
        const known = url && this.#known(url);
        if (url && !known) onMissing();
        return known;
      },
    };
  }

  #known({ href }: URL): Promise<X509Certificate | undefined> | undefined {
    const known = this.#entries.get(href);
    return known && known.staleAtMs > this.#host.now() ? known.certificate : undefined;
  }

  #ask(url: URL): Promise<X509Certificate | undefined> | undefined {
    const release = this.#slots.take();
    if (!release) return undefined;
    const entry: Entry = { certificate: this.#fetch(url).finally(release), staleAtMs: this.#host.now() + keepMs };
    this.#entries.delete(url.href);
    this.#entries.set(url.href, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > maxCertificates && oldest !== undefined) this.#entries.delete(oldest);
    return entry.certificate.then((found) => {
      if (!found) entry.staleAtMs = this.#host.now() + keepFailureMs;
      return found;
    });
  }

  async #fetch(url: URL): Promise<X509Certificate | undefined> {
    try {
      return new X509Certificate(await fetchBriefly(this.#host, url));
    } catch {
      return undefined; // The message that named it is refused for it.
    }
  }
}
