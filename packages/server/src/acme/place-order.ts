import type { Authorization, Client, Order } from 'acme-client';
import type { Clock } from '../domain/clock.ts';
import { AcmeFailure, failureOfProblem } from './acme-failure.ts';
import type { ChallengeType, Prover } from './prover.ts';

export interface OrderRequest {
  /** Hosts and wildcards. */
  readonly names: readonly string[];
  /** How all of them are proved. */
  readonly proof: ChallengeType;
  /** PEM; made of the certificate's own key. */
  readonly csr: Buffer;
}

export interface OrderTools {
  readonly client: Client;
  readonly prover: Pick<Prover, 'answer'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the authority, for messages. */
  readonly host: string;
}

/** An authority needs some time to look; then it is asked less often. */
const firstPauseMs = 200;
const maxPauseMs = 5_000;

/**
 * One order from beginning to end (RFC 8555 §7.4). Answers the chain as PEM.
 *
 * @throws {AcmeFailure} Also when the proof failed: then the authorization is spent, and another way needs another order.
 */
export async function placeOrder({ names, proof, csr }: OrderRequest, tools: OrderTools): Promise<string> {
  const { client } = tools;
  const identifiers = names.map((value) => ({ type: 'dns', value }));
  const order = await client.createOrder({ identifiers });
  const pending = (await client.getAuthorizations(order)).filter(({ status }) => status !== 'valid');
  const challenges = pending.map((authorization) => challengeOf(authorization, proof, tools.host));
  // All answers before the first look: of a name and its wildcard both records have to be there at once.
  for (const { authorization, challenge } of challenges) {
    const keyAuthorization = await keyAuthorizationOf(client, challenge);
    const host = authorization.identifier.value;
    const answered = tools.prover.answer({ type: proof, host, token: challenge.token, keyAuthorization });
    await unlessAborted(answered, tools.signal);
  }
  for (const { challenge } of challenges) await client.completeChallenge(challenge);
  await untilProved(order, tools);
  const ready = await until(() => client.getOrder(order), { isOver: ({ status }) => status !== 'pending', tools });
  if (ready.status === 'ready') await client.finalizeOrder(ready, csr);
  const done = await until(() => client.getOrder(order), { isOver: isSettled, tools });
  if (done.status !== 'valid') throw failureOfProblem((done as { error?: unknown }).error, tools.host);
  return await client.getCertificate(done);
}

type Challenge = Authorization['challenges'][number];

function challengeOf(authorization: Authorization, proof: ChallengeType, host: string) {
  const challenge = authorization.challenges.find(({ type }) => type === proof);
  if (!challenge) {
    const name = authorization.identifier.value;
    throw new AcmeFailure('refused', `${host} takes no proof by ${proof} for ${name}`);
  }
  return { authorization, challenge };
}

/** For dns-01 the client answers a digest of it, which is made elsewhere. */
function keyAuthorizationOf(client: Client, challenge: Challenge): Promise<string> {
  return client.getChallengeKeyAuthorization({ ...challenge, type: 'http-01' });
}

async function untilProved(order: Order, tools: OrderTools): Promise<void> {
  const { client, host } = tools;
  const isOver = (all: Authorization[]) =>
    all.every(({ status }) => status === 'valid') ||
    all.some(({ status }) => status !== 'valid' && status !== 'pending');
  const all = await until(() => client.getAuthorizations(order), { isOver, tools });
  const failed = all.find(({ status }) => status !== 'valid');
  if (failed) throw failureOfProblem(errorOf(failed), host);
}

/** The authorization has none of its own; its challenge has. */
function errorOf({ challenges }: Authorization): unknown {
  return challenges.map((challenge) => (challenge as { error?: unknown }).error).find((error) => error !== undefined);
}

function isSettled({ status }: Order): boolean {
  return status === 'valid' || status === 'invalid';
}

async function until<T>(
  look: () => Promise<T>,
  { isOver, tools }: { isOver: (seen: T) => boolean; tools: Pick<OrderTools, 'clock' | 'signal'> },
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
    tools.signal.throwIfAborted();
    const seen = await look();
    if (isOver(seen)) return seen;
    await pause(pauseMs, tools);
  }
}

async function pause(delayMs: number, { clock, signal }: Pick<OrderTools, 'clock' | 'signal'>): Promise<void> {
  let cancel = (): void => {};
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(delayMs, resolve);
  });
  await unlessAborted(over, signal).finally(() => cancel());
}

/** Whoever does it may know of no signal. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
