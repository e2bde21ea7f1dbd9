import { AditError, type Id } from '@adit/contracts';
import type { AskedExplanation } from '../control/control-deps.ts';
import type { Directory } from '../directory/directory.ts';
import type { Clock } from '../domain/clock.ts';
import { type EndpointScheme, hasHttp } from '../domain/endpoint.ts';
import type { Explanation } from '../domain/explanation.ts';
import { isPassedThrough, type Route } from '../domain/route.ts';
import type { Chains } from '../policy/chains.ts';
import { parsePolicy } from '../policy/document/parse-policy.ts';
import { type ExplainedPlace, placeOf } from '../policy/explain/explain-visit.ts';
import { explainVisitor, newPlace } from './asked-visit.ts';
import { internalTarget, type TargetDeps } from './internal-target.ts';

export interface ExplainDeps {
  readonly directory: Pick<Directory, 'parseAddress' | 'find' | 'findPort' | 'findInternal'>;
  readonly backends: TargetDeps['backends'];
  readonly chains: Pick<Chains, 'open'>;
  readonly clock: Clock;
  /** The option of the server. */
  readonly sendsForwarded: boolean;
}

/** See `ControlDeps.explain`. */
export async function explainEndpoint(
  { accountId, url: text, policy, visitor }: AskedExplanation,
  deps: ExplainDeps,
): Promise<Explanation> {
  const url = parseUrl(text);
  const route = findRoute(url, accountId, deps);
  const asked = { ...visitor, authority: url.authority };
  if (policy === undefined) {
    if (!route) throw notOnline(text);
    return await explain(placeOf(route), { asked, route, deps });
  }
  const place = route ? placeOf(route) : newPlace(url.scheme, url.authority);
  const { chain, close } = await openDraft(deps.chains, { accountId, text: policy, protocol: url.scheme });
  try {
    return await explain({ ...place, chain }, { asked, route, deps });
  } finally {
    close();
  }
}

interface Asked {
  readonly asked: Parameters<typeof explainVisitor>[0];
  readonly route: Route | undefined;
  readonly deps: ExplainDeps;
}

async function explain(place: ExplainedPlace, { asked, route, deps }: Asked): Promise<Explanation> {
  const { scheme } = place.endpoint;
  const tls = route?.tls ?? (scheme === 'tls' ? ({ kind: 'passthrough' } as const) : null);
  const isTlsEnded = scheme === 'https' || (scheme === 'tls' && !isPassedThrough({ tls, chain: place.chain }));
  const { clock, sendsForwarded } = deps;
  return await explainVisitor(asked, place, { isTlsEnded, sendsForwarded, nowMs: clock.timeOfDay() });
}

interface AskedUrl {
  readonly text: string;
  readonly scheme: EndpointScheme;
  /** `host` or `host:port`. */
  readonly authority: string;
  readonly host: string;
  /** Null: the scheme's own. */
  readonly port: number | null;
}

const urlForm = /^(https?|tcp|tls):\/\/(([a-z0-9_.-]{1,253}?)\.?(?::([0-9]{1,5}))?)\/?$/i;

/** @throws {AditError} 326: it is no URL of an endpoint. */
function parseUrl(text: string): AskedUrl {
  const [, scheme = '', authority, host, port] = urlForm.exec(text) ?? [];
  if (authority === undefined || host === undefined) {
    const shown = JSON.stringify(text.slice(0, 100));
    throw new AditError(326, `Cannot explain ${shown}: write the URL of an endpoint, e.g. "https://app.example.com"`);
  }
  const parts = { host: host.toLowerCase(), port: port === undefined ? null : Number(port) };
  return { text, scheme: scheme.toLowerCase() as EndpointScheme, authority, ...parts };
}

/** What serves a URL here; undefined: nothing of that account. */
function findRoute(
  { text: url, scheme, host, port }: AskedUrl,
  accountId: Id<'account'>,
  { directory, backends }: Pick<ExplainDeps, 'directory' | 'backends'>,
): Route | undefined {
  const internal = internalTarget({ directory, backends }, { accountId, url, from: scheme });
  const route = internal?.route ?? (scheme === 'tcp' ? directory.findPort(port ?? 0) : directory.find(scheme, host));
  return route?.endpoint.accountId === accountId ? route : undefined;
}

/** The same whoever else has it: nobody learns by it what is another account's. */
function notOnline(url: string): AditError {
  const where = 'on this server; another server with the same database knows its own agents';
  return new AditError(9101, `Cannot explain "${url}": your account has no endpoint online there ${where}`);
}

/** Under no endpoint's URL: what is counted for one does not count for a draft. */
async function openDraft(
  chains: ExplainDeps['chains'],
  { accountId, text, protocol }: { accountId: Id<'account'>; text: string; protocol: EndpointScheme },
) {
  const parsed = parsePolicy(text, { hasHttp: hasHttp(protocol) });
  return await chains.open({ accountId, url: '', protocol, layer: 'endpoint', ...parsed });
}
