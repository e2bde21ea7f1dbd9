import { AditError, isId, newId } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { DocumentId } from '../../domain/document.ts';
import { labelProblem } from '../../domain/labels.ts';
import {
  backendKinds,
  type FailoverBody,
  type HttpResponseBody,
  type StaticBody,
  type TunnelGroupBody,
  type WeightedBody,
} from '../../legacy-edges/edge-bodies.ts';
import { httpResponseRules } from '../../legacy-edges/edge-endpoints.ts';
import { edgeLimits } from '../../legacy-edges/edge-limits.ts';
import type { DraftContext, Resource } from '../resources/resource.ts';

export const tunnelGroupBackends: Resource<Partial<TunnelGroupBody>, TunnelGroupBody> = {
  kind: 'tunnelGroupBackend',
  contract: contract.tunnelGroupBackends,
  draft({ labels }, { previous }) {
    const problem = labels && labelProblem(labels);
    if (problem) throw new AditError(215, `Cannot read the body: of "labels" ${problem}`);
    return { body: { labels: labels ?? previous?.body.labels ?? {} } };
  },
  show: ({ accountId, body: { labels } }, { tunnelsWith, referTunnel }) => ({
    labels,
    tunnels: tunnelsWith(accountId, labels).map(referTunnel),
  }),
};

export const weightedBackends: Resource<{ backends?: Readonly<Record<string, number>> }, WeightedBody> = {
  kind: 'weightedBackend',
  contract: contract.weightedBackends,
  async draft({ backends }, context) {
    const weights = backends ?? context.previous?.body.weights ?? {};
    return { body: { weights }, references: await backendsOf(Object.keys(weights), context) };
  },
  show: ({ body: { weights } }) => ({ backends: weights }),
};

export const failoverBackends: Resource<{ backends?: readonly string[] }, FailoverBody> = {
  kind: 'failoverBackend',
  contract: contract.failoverBackends,
  async draft({ backends }, context) {
    const order = [...new Set(backends ?? context.previous?.body.order ?? [])];
    return { body: { order }, references: await backendsOf(order, context) };
  },
  show: ({ body: { order } }) => ({ backends: order }),
};

interface HttpResponseInput {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status_code?: number;
}

export const httpResponseBackends: Resource<HttpResponseInput, HttpResponseBody> = {
  kind: 'httpResponseBackend',
  contract: contract.httpResponseBackends,
  async prepare(input, { principal: { accountId }, checkPolicy, previous }) {
    // The whole: not every status may have content.
    const policy = httpResponseRules(answerOf(input, previous?.body));
    await checkPolicy({ accountId, policy, protocol: 'https' });
    return input;
  },
  draft(input, { previous, tx }) {
    const before = previous?.body;
    return { body: { endpointId: before?.endpointId ?? newId('endpoint', tx.nowMs), ...answerOf(input, before) } };
  },
  show: ({ body: { status, headers, content } }) => ({ body: content, headers, status_code: status }),
};

type Answer = Omit<HttpResponseBody, 'endpointId'>;

function answerOf({ body, headers, status_code }: HttpResponseInput, before?: Answer): Answer {
  return {
    status: status_code ?? before?.status ?? 200,
    headers: headers ?? before?.headers ?? {},
    content: body ?? before?.content ?? '',
  };
}

interface StaticInput {
  readonly address?: string;
  readonly tls?: { readonly enabled?: boolean | null };
}

export const staticBackends: Resource<StaticInput, StaticBody> = {
  kind: 'staticBackend',
  contract: contract.staticBackends,
  draft({ address, tls }, { previous, tx }) {
    const before = previous?.body;
    const newEndpoint = () => newId('endpoint', tx.nowMs);
    return {
      body: {
        ...(address === undefined && before ? { host: before.host, port: before.port } : serviceAt(address ?? '')),
        endpointIds: before?.endpointIds ?? { https: newEndpoint(), tls: newEndpoint(), tcp: newEndpoint() },
        isTls: tls ? tls.enabled !== false : (before?.isTls ?? false),
      },
    };
  },
  show: ({ body: { host, port, isTls } }) => ({
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: { enabled: isTls },
  }),
};

function serviceAt(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  if (port < 1 || port > 65_535) {
    throw new AditError(215, `Cannot read the body: the port of "address" is not a number from 1 to 65535`);
  }
  return {
    host: address
      .slice(0, colon)
      .replace(/^\[|\]$/g, '')
      .toLowerCase(),
    port,
  };
}

/**
 * The backends that these ids name.
 *
 * @throws {AditError} 215: one is none of the account, leads back to where it was named, or is nested too deeply; or they are too many.
 */
async function backendsOf(ids: readonly string[], context: DraftContext<object>): Promise<readonly DocumentId[]> {
  const { maxBackendDepth: depth, maxBackendsLookedAt: left } = edgeLimits;
  const walk = { context, budget: { left: left - 1 } };
  for (const id of ids) await refuseTooMany(id, walk, depth - 1);
  return ids as readonly DocumentId[];
}

interface Walk {
  readonly context: DraftContext<object>;
  readonly budget: { left: number };
}

/** What goes beyond would not be looked at when a visitor comes (`Backends`). */
async function refuseTooMany(id: string, walk: Walk, depth: number): Promise<void> {
  const { context, budget } = walk;
  const { maxBackendDepth, maxBackendsLookedAt } = edgeLimits;
  if (id === context.previous?.id) throw unusable('led back to itself');
  if (depth === 0) throw unusable(`nested more than ${maxBackendDepth} deep`);
  if (budget.left === 0) throw unusable(`more than ${maxBackendsLookedAt} with those that they name`);
  budget.left -= 1;
  const { kind, body } = await findBackend(id, 'backends', context);
  const { weights = {}, order = [] } = body as Partial<WeightedBody & FailoverBody>;
  if (kind !== 'weightedBackend' && kind !== 'failoverBackend') return;
  for (const inner of [...Object.keys(weights), ...order]) await refuseTooMany(inner, walk, depth - 1);
}

function unusable(reason: string): AditError {
  return new AditError(215, `Cannot read the body: "backends" are ${reason}`);
}

/** A backend of any kind. @throws {AditError} 215: the account has none of that id. */
export function findBackend(id: string, field: string, { find }: Pick<DraftContext<object>, 'find'>) {
  return find(backendKindOf(id), id, field);
}

/** Of what is no id of a backend any: there is none of that id. */
export function backendKindOf(id: string) {
  return backendKinds.find((kind) => isId(kind, id)) ?? 'tunnelGroupBackend';
}
