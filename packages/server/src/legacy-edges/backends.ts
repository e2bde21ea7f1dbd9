// Backends as visitors meet them: which of the places that may serve one gets the next.
import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Id } from '@adit/contracts';
import type { EndpointAddress } from '../domain/address.ts';
import type { DocumentId } from '../domain/document.ts';
import type { LabelledScheme } from '../domain/endpoint.ts';
import type { Labels } from '../domain/labels.ts';
import type { Route } from '../domain/route.ts';
import type { FailoverBody, TunnelGroupBody, WeightedBody } from './edge-bodies.ts';
import { edgeLimits } from './edge-limits.ts';
import { partAddress } from './part-address.ts';

/** A backend that only says which others, or whose tunnels, serve. */
export type ChoosingBackend =
  | ({ readonly kind: 'tunnelGroupBackend' } & TunnelGroupBody)
  | ({ readonly kind: 'weightedBackend' } & WeightedBody)
  | ({ readonly kind: 'failoverBackend' } & FailoverBody);

export interface BackendsDeps {
  /** One route for each set of labels that has all of these and is online. */
  findLabelled(accountId: Id<'account'>, scheme: LabelledScheme, labels: Labels): readonly Route[];
  findInternal(accountId: Id<'account'>, address: EndpointAddress): Route | undefined;
}

/** Where a visitor goes, and where he may go another time. */
interface Choice {
  readonly route: Route;
  readonly others: readonly Route[];
}

interface Asked {
  readonly accountId: Id<'account'>;
  readonly id: DocumentId;
  /** As visitors of backends come: those of HTTP by `https`. */
  readonly scheme: LabelledScheme;
}

/** One visitor's way down. */
interface Search extends Asked {
  /** How much deeper it may go. */
  readonly depth: number;
  /** How many backends it may still look at, wherever they are. What is beyond counts as offline. */
  readonly budget: { left: number };
}

/** The choosing backends of all accounts, and what becomes of a visitor who is sent to a part of an edge. */
export class Backends {
  readonly #deps: BackendsDeps;
  readonly #kept = new Map<string, ChoosingBackend>();

  constructor(deps: BackendsDeps) {
    this.#deps = deps;
  }

  /** False: it is as it was. */
  set(accountId: Id<'account'>, id: DocumentId, backend: ChoosingBackend): boolean {
    const key = keyOf({ accountId, id });
    if (isDeepStrictEqual(this.#kept.get(key), backend)) return false;
    this.#kept.set(key, backend);
    return true;
  }

  delete(accountId: Id<'account'>, id: DocumentId): void {
    this.#kept.delete(keyOf({ accountId, id }));
  }

  /** Undefined: nothing of it is online. */
  find(asked: Asked): Choice | undefined {
    const { maxBackendDepth: depth, maxBackendsLookedAt: left } = edgeLimits;
    return this.#find({ ...asked, depth, budget: { left } });
  }

  #find(search: Search): Choice | undefined {
    const { accountId, id, scheme, depth, budget } = search;
    if (depth === 0 || budget.left === 0) return undefined;
    budget.left -= 1;
    const backend = this.#kept.get(keyOf(search));
    if (backend?.kind === 'tunnelGroupBackend')
      return anyOf(this.#deps.findLabelled(accountId, scheme, backend.labels));
    if (backend?.kind === 'weightedBackend') return this.#weighted(search, backend.weights);
    if (backend?.kind === 'failoverBackend') return this.#first(search, backend.order);
    const route = this.#deps.findInternal(accountId, partAddress(scheme, id));
    return route && { route, others: [] };
  }

  #below(search: Search, id: string): Choice | undefined {
    return this.#find({ ...search, id: id as DocumentId, depth: search.depth - 1 });
  }

  #weighted(search: Search, weights: WeightedBody['weights']): Choice | undefined {
    const online = Object.entries(weights).flatMap(([id, weight]) => {
      const choice = weight > 0 ? this.#below(search, id) : undefined;
      return choice ? [{ choice, weight }] : [];
    });
    const total = online.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return undefined;
    let left = randomInt(total);
    const chosen = online.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    const choices = online.map(({ choice }) => choice);
    return chosen && { route: chosen.choice.route, others: allOf(choices) };
  }

  #first(search: Search, order: FailoverBody['order']): Choice | undefined {
    const choices = order.flatMap((id) => this.#below(search, id) ?? []);
    const [first] = choices;
    return first && { route: first.route, others: allOf(choices) };
  }
}

function anyOf(routes: readonly Route[]): Choice | undefined {
  const route = routes.length < 2 ? routes[0] : routes[randomInt(routes.length)];
  return route && { route, others: routes };
}

function allOf(choices: readonly Choice[]): Route[] {
  return choices.flatMap(({ route, others }) => [route, ...others]);
}

function keyOf({ accountId, id }: Pick<Asked, 'accountId' | 'id'>): string {
  return `${accountId} ${id}`;
}
