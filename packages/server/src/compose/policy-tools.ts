import { AditError } from '@adit/contracts';
import type { PolicyExplanationBody } from '@adit/contracts/api';
import { policyModules } from '@adit/policies';
import type { AddressBook, TlsDemands } from '@adit/policy-kit';
import { systemClock } from '../clock/system-clock.ts';
import { showExplanation } from '../control/show-explanation.ts';
import { type EndpointScheme, hasHttp } from '../domain/endpoint.ts';
import type { AskedVisitor } from '../domain/explanation.ts';
import type { AccountObjects } from '../policy/compile/action-host.ts';
import { PolicyCompiler, type PreparedLayer } from '../policy/compile/policy-compiler.ts';
import { parsePolicy } from '../policy/document/parse-policy.ts';
import { PolicyChain } from '../policy/run/policy-chain.ts';
import { PolicyStates } from '../policy/run/policy-state.ts';
import type { WalkDeps } from '../policy/run/walk.ts';
import { explainVisitor, newPlace } from './asked-visit.ts';
import { expressionLoader } from './expression-loader.ts';

/** A policy in a file, and what speaks to the endpoint that shall have it. */
export interface PolicyFile {
  readonly text: string;
  readonly protocol: EndpointScheme;
}

const silent: WalkDeps['log'] = { error: () => {}, debug: () => {}, isLevelEnabled: () => false };

/** What a file refers to is an account's, and no server is asked: addresses and authorities are taken for empty. */
const unknownObjects: AccountObjects = {
  ipPolicy: async () => ({ allow: [], deny: [] }),
  certificateAuthority: () =>
    Promise.reject(new AditError(9600, 'Cannot look up certificate authorities without a server')),
  findInternal: (url) => ({ url }),
  awaitInternal: () => undefined,
  fetchInternal: () => Promise.reject(notAsked()),
};

/** Which databases a server has is its operator's: any fact may be asked for, and is not known. */
const unknownAddresses: AddressBook = { knows: () => true, lookUp: () => ({}) };

/**
 * Answers how many rules it has.
 *
 * @throws {AditError} As `PolicyCompiler.compile`: everything that is wrong with it, with line and column.
 */
export async function checkPolicy(file: PolicyFile): Promise<number> {
  const layer = await compile(file);
  layer.close();
  return Object.values(layer.rules).reduce((count, rules) => count + rules.length, 0);
}

/** What the policy would do with a visitor. @throws {AditError} As `checkPolicy`, and as `readAskedHead`. */
export async function explainPolicy(file: PolicyFile, asked: AskedVisitor): Promise<PolicyExplanationBody> {
  const layer = await compile(file);
  const state = new PolicyStates(systemClock).open('');
  const parts = { layers: [layer], tls: layer.tls, state, secret: () => 'a secret' };
  try {
    const chain = new PolicyChain(parts, { clock: systemClock, log: silent });
    const place = { ...newPlace(file.protocol, asked.authority), chain };
    const isTlsEnded = isEndedHere(file.protocol, layer.tls);
    const meeting = { isTlsEnded, sendsForwarded: false, nowMs: systemClock.timeOfDay() };
    return showExplanation(await explainVisitor(asked, place, meeting));
  } finally {
    layer.close();
  }
}

/** That of tls endpoints goes to the service, unless their policies ask something of it. */
function isEndedHere(protocol: EndpointScheme, tls: TlsDemands | null): boolean {
  return protocol === 'https' || (protocol === 'tls' && tls !== null);
}

async function compile({ text, protocol }: PolicyFile): Promise<PreparedLayer> {
  const { document, locate } = parsePolicy(text, { hasHttp: hasHttp(protocol) });
  const compiler = new PolicyCompiler({
    ...{ modules: policyModules, clock: systemClock, log: silent },
    fetch: () => Promise.reject(notAsked()),
    addresses: unknownAddresses,
    loadExpressions: expressionLoader(policyModules, unknownAddresses),
  });
  return await compiler.compile({ document, layer: 'endpoint', protocol, objects: unknownObjects, locate });
}

function notAsked(): AditError {
  return new AditError(9621, 'Cannot ask other services while a policy is only looked at');
}
