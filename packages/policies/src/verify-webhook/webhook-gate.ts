import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  type Decision,
  fetchBriefly,
  type PolicyHost,
  type PolicyRequest,
  proceed,
  type RequestContext,
  type Template,
} from '@adit/policy-kit';
import { parseSnsUrl, SnsCertificates } from './certificates.ts';
import { type Delivery, type RefusalReason, refusals } from './delivery.ts';
import { type Answer, type Handshake, handshakes, type Means } from './handshakes.ts';
import type { Provider } from './provider.ts';
import { ReplayCache } from './replay-cache.ts';
import type { VerifyWebhookConfig } from './schema.ts';
import { Secrets } from './secrets.ts';
import { type Verdict, verifyDelivery } from './verify-delivery.ts';

const noError = { code: '', message: '' };
const noContent = ['content-type', 'text/plain; charset=utf-8', 'x-content-type-options', 'nosniff'];
/** Xero signs wrongly on purpose, and takes no other answer for the right one. */
const xeroRefusal = Object.freeze({
  outcome: 'respond',
  reason: 'verify-webhook/bad-signature',
  status: 401,
  headers: noContent,
  body: new Uint8Array(),
  isRefusal: true,
} as const);

/** What one configuration decides on requests. */
export class WebhookGate {
  readonly #provider: Provider;
  readonly #config: VerifyWebhookConfig;
  readonly #host: PolicyHost;
  readonly #secrets: Secrets;
  readonly #verifyToken: Template | undefined;
  readonly #certificates: SnsCertificates;

  /** @throws {AditError} As `Secrets`. */
  constructor(provider: Provider, config: VerifyWebhookConfig, host: PolicyHost) {
    this.#provider = provider;
    this.#config = config;
    this.#host = host;
    this.#secrets = new Secrets(provider, config, host);
    this.#verifyToken = config.verify_token === undefined ? undefined : host.template(config.verify_token);
    this.#certificates = new SnsCertificates(host);
  }

  /** @throws {AditError} 9010: the content is too long. */
  async decide(context: RequestContext): Promise<Decision> {
    const { request } = context;
    if (!this.#config.enforce && declaredLength(request) > this.#config.max_body_bytes) {
      setUnverified(context, 'The content is longer than "max_body_bytes".');
      return proceed;
    }
    const delivery = await this.#receive(request);
    if (!delivery) return this.#refuse('malformed-body', context);
    // Whoever asks for another protocol is no provider.
    const handshake = this.#provider.handshake && !request.upgrade ? handshakes[this.#provider.handshake] : undefined;
    const early = handshake && !handshake.isSigned ? await this.#greet(handshake, delivery, context) : undefined;
    return early ?? this.#verify(delivery, context, handshake);
  }

  /** Undefined: the content cannot be decompressed. */
  async #receive(request: PolicyRequest): Promise<Delivery | undefined> {
    const { max_body_bytes: maxBytes } = this.#config;
    const received = await request.readBody(maxBytes);
    const isGzip =
      this.#provider.isSignedBeforeGzip && request.headers.first('content-encoding')?.toLowerCase() === 'gzip';
    const body = isGzip ? await unzip(received, maxBytes) : received;
    const url = `${request.scheme}://${request.authority}${request.target}`;
    return body && { method: request.method, url, headers: request.headers, body };
  }

  async #verify(delivery: Delivery, context: RequestContext, handshake: Handshake | undefined): Promise<Decision> {
    const checks = {
      secrets: this.#secrets.render(context),
      nowMs: context.nowMs,
      certificates: context.isDry ? this.#certificates.withoutCalls(() => context.wouldCall()) : this.#certificates,
    };
    const verdict = await verifyDelivery(this.#provider, delivery, checks);
    const reason = verdict.verdict === 'refused' ? verdict.reason : this.#replayed(verdict, context);
    if (reason) return this.#refuse(reason, context);
    context.setResult({ verified: true, error: noError });
    const answer = handshake?.isSigned ? await this.#greet(handshake, delivery, context) : undefined;
    return answer ?? proceed;
  }

  /** Undefined: it is no handshake, or one that is not for us to answer. */
  async #greet(handshake: Handshake, delivery: Delivery, context: RequestContext): Promise<Decision | undefined> {
    const challenge = handshake.challengeIn(delivery);
    if (challenge === undefined) return undefined;
    const isForwarded = this.#config.handshakes === 'forward';
    if (isForwarded && handshake.isSigned) return undefined;
    const answer = isForwarded ? undefined : await handshake.answer(challenge, this.#means(context));
    if (!isForwarded && !answer) return undefined;
    if (!handshake.isSigned) setUnverified(context, refusals['missing-signature']);
    return answer ? answered(answer) : proceed;
  }

  #means(context: RequestContext): Means {
    return {
      secrets: this.#secrets.render(context),
      verifyToken: this.#verifyToken?.render(context),
      confirm: (subscribeUrl) => this.#confirm(subscribeUrl, context),
    };
  }

  async #confirm(subscribeUrl: string, context: RequestContext): Promise<boolean> {
    const url = parseSnsUrl(subscribeUrl);
    if (!url) return false;
    if (context.isDry) {
      context.wouldCall();
      return true;
    }
    try {
      await fetchBriefly(this.#host, url);
      return true;
    } catch {
      return false; // Then it is the service's to confirm.
    }
  }

  #replayed({ replay }: Verdict & { verdict: 'accepted' }, context: RequestContext): 'replayed' | undefined {
    if (!replay) return undefined;
    const replays = context.state('replays', () => new ReplayCache());
    if (replays.has(replay, context)) return 'replayed';
    if (!context.isDry) replays.add(replay, context);
    return undefined;
  }

  #refuse(reason: RefusalReason, context: RequestContext): Decision {
    setUnverified(context, refusals[reason]);
    if (!this.#config.enforce) return proceed;
    const isXeroTest = this.#provider.handshake === 'xero' && this.#config.handshakes === 'answer';
    if (isXeroTest && reason === 'bad-signature') return xeroRefusal;
    return { outcome: 'deny', reason: `verify-webhook/${reason}`, code: 3204 };
  }
}

function setUnverified(context: RequestContext, message: string): void {
  context.setResult({ verified: false, error: { code: 'ERR_ADIT_3204', message } });
}

function answered({ contentType, body }: Answer): Decision {
  const headers = ['content-type', `${contentType}; charset=utf-8`, 'x-content-type-options', 'nosniff'];
  const reason = 'verify-webhook/handshake';
  return { outcome: 'respond', reason, status: 200, headers, body: Buffer.from(body), isRefusal: false };
}

/** What the head says; 0: nothing. */
function declaredLength({ headers }: PolicyRequest): number {
  return Number(headers.first('content-length') ?? 0);
}

async function unzip(body: Uint8Array, maxOutputLength: number): Promise<Uint8Array | undefined> {
  try {
    return await promisify(gunzip)(body, { maxOutputLength });
  } catch {
    return undefined;
  }
}
