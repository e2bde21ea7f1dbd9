import { randomBytes } from 'node:crypto';
import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { type EndpointAddress, usualPorts } from '../../domain/address.ts';
import type { Binding, EndpointScheme } from '../../domain/endpoint.ts';
import { claimAddress, refuseOthers } from './claim-address.ts';
import { namedInPolicy } from './named-in-policy.ts';
import type { DraftContext, Resource, ShowContext } from './resource.ts';

/** An endpoint that has no agent: its policy answers for it. */
export interface CloudEndpointBody {
  readonly address: EndpointAddress;
  /** Traffic policy as it was given. */
  readonly policy: string;
  readonly isPooled: boolean;
  /** Tells it from others of its pool. */
  readonly poolKey: string;
}

interface EndpointInput {
  readonly url?: string;
  readonly traffic_policy?: string;
  readonly bindings?: readonly Binding[];
  readonly pooling_enabled?: boolean;
}

type Context = DraftContext<CloudEndpointBody>;

const urlForm = /^([a-z]{1,10}):\/\/./i;
const schemes: ReadonlySet<string> = new Set<EndpointScheme>(['http', 'https', 'tcp', 'tls']);

export const cloudEndpoints: Resource<EndpointInput, CloudEndpointBody> = {
  kind: 'endpoint',
  contract: contract.endpoints,
  async prepare(input, { principal: { accountId }, previous, checkPolicy }) {
    const { url = '', traffic_policy: policy } = input;
    if (policy === undefined) return input;
    const protocol = previous?.body.address.scheme ?? schemeOf(url);
    await checkPolicy({ accountId, policy, protocol });
    return input;
  },
  async draft(input, context) {
    const before = context.previous?.body;
    const address = input.url === undefined && before ? before.address : await askedAddress(input.url ?? '', context);
    refuseOtherBinding(input, address);
    const body = {
      address,
      policy: input.traffic_policy ?? before?.policy ?? '',
      isPooled: input.pooling_enabled ?? before?.isPooled ?? false,
      poolKey: before?.poolKey ?? randomBytes(12).toString('base64url'),
    };
    const claims = [await claimAddress(body, before, context)];
    return { body, claims, references: await namedInPolicy(body.policy, context) };
  },
  show: ({ accountId, id, body: { address, policy, isPooled } }, context) => ({
    ...showAddress(address, context.urlOf(address)),
    ...{ type: 'cloud', upstream_url: '', name: '', region: '', tunnel_session: null, edge: null },
    traffic_policy: policy,
    pooling_enabled: isPooled,
    offline: showReason(context.whyOffline({ accountId, id })),
  }),
};

/** An address as the API shows it. */
export function showAddress({ scheme, host, binding }: Omit<EndpointAddress, 'port'>, url: string) {
  const port = Number(new URL(url).port) || (usualPorts[scheme] ?? 0);
  return {
    ...{ url, public_url: url, scheme, proto: scheme, host, port, hostport: `${host}:${port}` },
    bindings: [binding],
  };
}

/** Why something is not online, as the API shows it. */
export function showReason(error: ReturnType<ShowContext['whyOffline']>): contract.EndpointBody['offline'] {
  return error ? { error_code: error.wireCode, msg: error.message } : null;
}

/** @throws {AditError} 326: its URL says another binding. */
function refuseOtherBinding({ bindings = [] }: EndpointInput, { binding }: EndpointAddress): void {
  if (bindings.every((asked) => asked === binding)) return;
  throw new AditError(
    326,
    'Cannot take the bindings: internal endpoints have a name that ends in ".internal", no others',
  );
}

/** @throws {AditError} 326: it has none. 332: nobody speaks it here. */
function schemeOf(url: string): EndpointScheme {
  const scheme = urlForm.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) throw notWhole(url);
  if (!isScheme(scheme)) throw new AditError(332, `Cannot open an endpoint with protocol "${scheme}"`);
  return scheme;
}

function isScheme(text: string): text is EndpointScheme {
  return schemes.has(text);
}

/** @throws {AditError} 18005: of another scheme than before. 307, 319, 320, 326, 332, 9404: the account cannot have it. */
async function askedAddress(url: string, context: Context): Promise<EndpointAddress> {
  const { names, previous, principal } = context;
  const scheme = schemeOf(url);
  const before = previous?.body.address.scheme ?? scheme;
  if (scheme !== before) {
    const asked = JSON.stringify(url.slice(0, 100));
    throw new AditError(18005, `Cannot change the URL to ${asked}: its scheme is ${before} and stays so`);
  }
  const address = names.parseAddress(url, scheme, principal.accountId);
  if (address === null) throw notWhole(url);
  await refuseOthers(address, context);
  return address;
}

function notWhole(url: string): AditError {
  const asked = JSON.stringify(url.slice(0, 100));
  return new AditError(
    326,
    `Cannot use ${asked}: a cloud endpoint needs its whole URL, e.g. "https://app.example.com"`,
  );
}
