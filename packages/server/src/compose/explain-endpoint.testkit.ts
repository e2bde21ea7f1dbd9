// A server without sockets of its own: endpoints with rules, and who asks about them.
import { type Id, newId } from '@adit/contracts';
import { policyModules } from '@adit/policies';
import { emptyAddressBook, type IpRules } from '@adit/policy-kit';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { AskedExplanation } from '../control/control-deps.ts';
import { Directory } from '../directory/directory.ts';
import type { Publication } from '../directory/publication.ts';
import { Reservations } from '../directory/reservations.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import type { Explanation } from '../domain/explanation.ts';
import type { Link } from '../domain/link.ts';
import { Backends } from '../legacy-edges/backends.ts';
import { type AccountSource, secretKey } from '../policy/account-source.ts';
import { Chains, type LiveChain } from '../policy/chains.ts';
import { PolicyCompiler } from '../policy/compile/policy-compiler.ts';
import type { PolicyDocument } from '../policy/document/policy-document.ts';
import { PolicyStates } from '../policy/run/policy-state.ts';
import { explainEndpoint } from './explain-endpoint.ts';
import { expressionLoader } from './expression-loader.ts';
import { internalTarget, type TargetDeps } from './internal-target.ts';

const ours = newId('account', 1);
export const theirs = newId('account', 1);
const loadExpressions = expressionLoader(policyModules, emptyAddressBook);

/** What accounts have, each the same. */
interface Kept {
  organisation?: PolicyDocument;
  ipRules?: IpRules;
  secrets?: Readonly<Record<string, string>>;
}

interface Opening {
  readonly document?: PolicyDocument;
  readonly accountId?: Id<'account'>;
  readonly link?: Link;
  readonly isPooled?: boolean;
  readonly hostHeader?: string;
}

const noService: Link = {
  kind: 'agent',
  open() {
    throw new Error('Explaining opens no stream');
  },
};

export interface ExplainWorld {
  readonly directory: Directory;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Where policies called. */
  readonly called: string[];
  readonly logged: object[];
  open(url: string, opening?: Opening): Promise<{ live: LiveChain; publication: Publication }>;
  explain(
    url: string,
    asked?: { request?: Partial<AskedExplanation['visitor']['request']>; clientIp?: string; policy?: string },
    accountId?: Id<'account'>,
  ): Promise<Explanation>;
}

export function openExplainWorld(kept: Kept = {}): ExplainWorld {
  const clock = fakeClock();
  const called: string[] = [];
  const logged: object[] = [];
  const log = { error: (fields: object) => void logged.push(fields), debug: () => {}, isLevelEnabled: () => false };
  const directory = new Directory({
    ...{ clock, domain: 'example.test', reservations: new Reservations(), tcpPorts: { first: 20_000, last: 20_999 } },
    publicUrl: ({ scheme, host, port }) => `${scheme}://${host}${port === null || port === 443 ? '' : `:${port}`}`,
  });
  const call = (url: string) => {
    called.push(url);
    return Promise.reject(new TypeError('no network'));
  };
  const compiler = new PolicyCompiler({
    ...{ modules: policyModules, clock, log, loadExpressions, addresses: emptyAddressBook },
    fetch: (url) => call(String(url)),
  });
  const backends = new Backends(directory);
  const source = sourceOf(kept, { directory, backends }, call);
  const chains = new Chains({ compiler, states: new PolicyStates(clock), source, clock, log });

  async function open(url: string, opening: Opening = {}) {
    const { document = {}, accountId = ours, link = noService, isPooled = false, hostHeader = null } = opening;
    const protocol = url.slice(0, url.indexOf(':')) as EndpointScheme;
    const address = directory.parseAddress(url, protocol, accountId);
    if (!address) throw new TypeError(`"${url}" is no whole address`);
    const layer = link.kind === 'agent' ? 'agent' : 'endpoint';
    const live = await chains.open({ accountId, url, protocol, layer, document });
    const publication = directory.publish({
      ...{ endpointId: newId('endpoint', 1), accountId, address, chain: live.chain, link, isPooled, hostHeader },
      tls: protocol === 'tls' ? { kind: 'passthrough' } : null,
      ...{ upstreamProtocol: 'http1', proxyProtocol: 0, forwardsTo: '', name: '', description: '', metadata: '' },
      ...{ createdAtMs: 0, credentialId: null, agentSessionId: newId('agentSession', 1) },
    });
    return { live, publication };
  }

  const explain: ExplainWorld['explain'] = async (
    url,
    { request, policy, clientIp = '203.0.113.7' } = {},
    accountId = ours,
  ) => {
    const visitor = { clientIp, request: { method: 'GET', path: '/', headers: [], body: null, ...request } };
    const asked = { accountId, url, visitor, ...(policy !== undefined && { policy }) };
    return await explainEndpoint(asked, { directory, backends, chains, clock, sendsForwarded: false });
  };
  return { directory, clock, called, logged, open, explain };
}

function sourceOf(
  { organisation = {}, ipRules, secrets = {} }: Kept,
  targets: TargetDeps,
  call: (url: string) => Promise<never>,
): AccountSource {
  return {
    organisationRules: async () => ({ document: organisation, requires: [] }),
    restrictionRules: async () => ({}),
    ipRules: async () => ipRules,
    certificateAuthority: async () => undefined,
    secrets: async () => new Map(Object.entries(secrets).map(([name, value]) => [secretKey('web', name), value])),
    findInternal: (accountId, url, from) => internalTarget(targets, { accountId, url, from }),
    awaitInternal: () => undefined,
    fetchInternal: (_accountId, _from, url) => call(String(url)),
  };
}
