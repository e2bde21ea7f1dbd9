// Endpoints that are kept by the server: online as long as their documents are there, mostly without anybody who serves them but
// their policies. What reads the documents is compose/follow-endpoints.ts.
import { isDeepStrictEqual } from 'node:util';
import { AditError, type Id } from '@adit/contracts';
import { alreadyOnline, type Directory } from '../../directory/directory.ts';
import type { Publication } from '../../directory/publication.ts';
import type { EndpointAddress } from '../../domain/address.ts';
import { hasHttp } from '../../domain/endpoint.ts';
import type { Grants } from '../../domain/grants.ts';
import type { Log } from '../../domain/log.ts';
import type { TcpPorts } from '../../domain/tcp-ports.ts';
import { nextTurn } from '../../domain/wait.ts';
import type { Chains, LiveChain } from '../../policy/chains.ts';
import { parsePolicy } from '../../policy/document/parse-policy.ts';
import type { PolicyDocument } from '../../policy/document/policy-document.ts';
import { refusingChain } from '../../policy/run/refusing-chain.ts';
import { type CloudEndpoint, isExempt, isHidden, isSamePlace, isSameState, requestOf } from './cloud-endpoint.ts';

/** Most of them are told at once that they cannot. */
const triedPerTurn = 100;

export interface CloudEndpointsDeps {
  readonly directory: Pick<Directory, 'parseAddress' | 'occupantOf' | 'publish' | 'urlOf'>;
  readonly chains: Pick<Chains, 'open'>;
  readonly grants: Pick<Grants, 'recheck' | 'cutByEndpoint'>;
  readonly tcpPorts: TcpPorts;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

interface Online {
  readonly publication: Publication;
  chain: LiveChain;
  readonly closePort: () => void;
}

interface Kept {
  endpoint: CloudEndpoint;
  online: Online | null;
  /** Why it is not online. */
  reason: AditError | null;
}

/**
 * The cloud endpoints of this server. One that cannot be online now is kept, with the reason, and tried again by `retry`. Calls
 * that are awaited come one after the other; the others at any time.
 */
export class CloudEndpoints {
  readonly #deps: CloudEndpointsDeps;
  readonly #kept = new Map<Id<'endpoint'>, Kept>();

  constructor(deps: CloudEndpointsDeps) {
    this.#deps = deps;
  }

  ids(): Id<'endpoint'>[] {
    return [...this.#kept.keys()];
  }

  /** Whether one is there that is not online. */
  get isWaiting(): boolean {
    return this.#kept.values().some(({ online }) => online === null);
  }

  /**
   * Has it online as it is now. With another address it goes offline first, and its streams are cut; with another policy the
   * streams are asked about again.
   *
   * @throws When what its policy rests on cannot be read: set it again.
   */
  async set(endpoint: CloudEndpoint): Promise<void> {
    const kept = this.#kept.get(endpoint.id);
    const isPlaced = kept?.online && !endpoint.isSuspended && isSamePlace(kept.endpoint, endpoint);
    if (isPlaced && isSameState(kept.endpoint, endpoint)) return;
    if (isPlaced && kept.online) return await this.#change(kept, kept.online, endpoint);
    if (kept) this.#takeOffline(kept);
    const waiting = { endpoint, online: null, reason: kept?.reason ?? null };
    this.#kept.set(endpoint.id, waiting);
    await this.#bringOnline(waiting);
  }

  /** It is not kept any more. Its streams are cut. */
  delete(id: Id<'endpoint'>): void {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    if (kept) this.#takeOffline(kept);
  }

  /** Takes it offline for now, and cuts its streams. Unknown ones are passed over. */
  stop(id: Id<'endpoint'>, reason: AditError): void {
    const kept = this.#kept.get(id);
    if (!kept) return;
    this.#takeOffline(kept);
    this.#wait(kept, reason);
  }

  /** All of an account go offline, until they are set anew. */
  suspend(accountId: Id<'account'>): void {
    for (const kept of this.#kept.values()) {
      if (kept.endpoint.accountId !== accountId) continue;
      kept.endpoint = { ...kept.endpoint, isSuspended: true };
      this.stop(kept.endpoint.id, new AditError(103));
    }
  }

  /** Asks all of an account about their live streams: somebody whom they send visitors on to is another now. */
  recheck(accountId: Id<'account'>): void {
    for (const { endpoint, online } of this.#kept.values()) {
      if (online && endpoint.accountId === accountId) this.#deps.grants.recheck(online.publication.route);
    }
  }

  /** Tries those again that are not online. @throws As `set`. */
  async retry(): Promise<void> {
    const waiting = [...this.#kept.values()].filter(({ online }) => online === null);
    for (const [i, kept] of waiting.entries()) {
      await this.#bringOnline(kept);
      if (i % triedPerTurn === triedPerTurn - 1) await nextTurn();
    }
  }

  /** Why it is not online; undefined: it is, or is not known. */
  whyOffline({ accountId, id }: { accountId: Id<'account'>; id: string }): AditError | undefined {
    const kept = this.#kept.get(id as Id<'endpoint'>);
    return kept?.endpoint.accountId === accountId ? (kept.reason ?? undefined) : undefined;
  }

  async #bringOnline(kept: Kept): Promise<void> {
    const { endpoint } = kept;
    let chain: LiveChain | undefined;
    let closePort = (): void => {};
    try {
      this.#refuseTaken(endpoint);
      chain = await this.#openChain(endpoint);
      closePort = await this.#openPort(endpoint.address);
      if (!this.#mayPublish(kept, endpoint)) {
        closePort();
        return chain.close();
      }
      const publication = this.#deps.directory.publish(requestOf(endpoint, chain.chain));
      const online = { publication, chain, closePort };
      kept.online = online;
      kept.reason = null;
      this.#follow(online);
    } catch (error) {
      closePort();
      chain?.close();
      this.#wait(kept, reasonOf(error));
    }
  }

  /** It may be gone or stopped by now. @throws {AditError} As `#refuseTaken`. */
  #mayPublish(kept: Kept, endpoint: CloudEndpoint): boolean {
    if (this.#kept.get(endpoint.id) !== kept || kept.endpoint !== endpoint || kept.online) return false;
    this.#refuseTaken(endpoint);
    return true;
  }

  /** The rules for names may have changed since it was made; who has the name is asked of the directory. */
  #refuseTaken(endpoint: CloudEndpoint): void {
    const { id: endpointId, accountId, address, isPooled, isSuspended } = endpoint;
    if (isSuspended) throw new AditError(103);
    const { scheme, host, port } = address;
    const { directory } = this.#deps;
    if (!isHidden(endpoint)) directory.parseAddress(port === null ? host : `${host}:${port}`, scheme, accountId);
    const occupant = directory.occupantOf({ endpointId, accountId, address, isPooled, agentSessionId: null });
    if (occupant) throw alreadyOnline(occupant);
  }

  async #change(kept: Kept, online: Online, next: CloudEndpoint): Promise<void> {
    const { policy, description, metadata } = next;
    const isSame = isDeepStrictEqual(policy, kept.endpoint.policy);
    const opened = isSame ? null : await this.#openChain(next).catch(reasonOf);
    // Who stopped it meanwhile must not have it come back as it was.
    kept.endpoint = { ...next, isSuspended: kept.endpoint.isSuspended };
    if (opened instanceof AditError) return this.stop(next.id, opened);
    if (kept.online !== online) return opened?.close();
    online.publication.update({ description, metadata });
    if (opened === null) return;
    const before = online.chain;
    online.chain = opened;
    online.publication.replaceChain(opened.chain);
    this.#deps.grants.recheck(online.publication.route);
    this.#follow(online);
    before.close();
  }

  #follow({ chain, publication }: Online): void {
    chain.follow({
      onReplaced: (next) => {
        publication.replaceChain(next);
        this.#deps.grants.recheck(publication.route);
      },
      onLacking: (reason) => this.stop(publication.route.endpoint.id, reason),
    });
  }

  async #openChain(endpoint: CloudEndpoint): Promise<LiveChain> {
    const { accountId, address, policy } = endpoint;
    const { scheme: protocol } = address;
    const url = this.#deps.directory.urlOf(address);
    let document: PolicyDocument;
    try {
      // Where its parts stand in the text was told when it was saved; the tree of the text is not worth keeping.
      document = typeof policy === 'string' ? parsePolicy(policy, { hasHttp: hasHttp(protocol) }).document : policy;
    } catch (err) {
      this.#deps.log.error({ err, url }, 'A policy cannot be read any more: everybody is refused');
      return { chain: refusingChain, lacks: null, follow: () => {}, close: () => {} };
    }
    // The account's rules were asked at the edge that sends visitors here.
    const place = { isInner: isHidden(endpoint), isExempt: isExempt(endpoint) };
    return await this.#deps.chains.open({
      ...{ accountId, url, protocol, layer: 'endpoint', document, isInForce: true, ...place },
    });
  }

  async #openPort({ scheme, binding, port }: EndpointAddress): Promise<() => void> {
    if (scheme !== 'tcp' || binding !== 'public' || port === null) return () => {};
    return await this.#deps.tcpPorts.open(port, { comesBack: true });
  }

  #takeOffline(kept: Kept): void {
    const { online, endpoint } = kept;
    kept.online = null;
    if (!online) return;
    online.publication.withdraw();
    online.closePort();
    online.chain.close();
    this.#deps.grants.cutByEndpoint(endpoint.accountId, endpoint.id);
  }

  #wait(kept: Kept, reason: AditError): void {
    const isNews = kept.reason?.code !== reason.code;
    kept.reason = reason;
    const { id: endpointId, accountId, address } = kept.endpoint;
    const url = this.#deps.directory.urlOf(address);
    if (isNews)
      this.#deps.log.warn({ err: reason, accountId, endpointId, url }, 'An endpoint that the server keeps is offline');
  }
}

/** Why it cannot be online. @throws What was thrown, when that is for another reason than its own. */
function reasonOf(error: unknown): AditError {
  if (error instanceof AditError && error.kind !== 'unavailable') return error;
  throw error;
}
