import type { Clock } from '../domain/clock.ts';
import { type Endpoint, labelsOf } from '../domain/endpoint.ts';
import type { Route } from '../domain/route.ts';
import type { Name, Names } from './names.ts';
import type { Publication } from './publication.ts';

type Facts = Omit<Endpoint, 'generation'>;
type Serving = Omit<Route, 'endpoint'>;

export interface ServedNamesDeps {
  readonly names: Names;
  readonly clock: Clock;
  readonly holdMs: number;
  /** See `DirectoryOptions`. */
  readonly onFree?: (() => void) | undefined;
}

/** Puts routes under names and takes them away again; a name without routes is held for a while. Knows no rules. */
export class ServedNames {
  readonly #names: Names;
  readonly #clock: Clock;
  readonly #holdMs: number;
  readonly #onFree: () => void;
  #generation = 0;

  constructor({ names, clock, holdMs, onFree = () => {} }: ServedNamesDeps) {
    this.#names = names;
    this.#clock = clock;
    this.#holdMs = holdMs;
    this.#onFree = onFree;
  }

  put(facts: Facts, serving: Serving): Publication {
    const name = this.#nameFor(facts);
    let last: Route = this.#newRoute(facts, serving);
    name.members = [...name.members, last];
    const isOurs = ({ link, bindId }: Route): boolean => link === serving.link && bindId === serving.bindId;
    const route = (): Route => {
      last = name.members.find(isOurs) ?? last;
      return last;
    };
    const leave = (): boolean => {
      const isMember = name.members.includes(route());
      name.members = name.members.filter((member) => !isOurs(member));
      return isMember && name.members.length === 0;
    };
    return {
      get route() {
        return route();
      },
      update: (change) => {
        if (!name.members.includes(route())) return;
        const isSame = ({ id, agentSessionId }: Endpoint): boolean =>
          id === facts.id && agentSessionId === facts.agentSessionId;
        // By whichever leg of its session: it is one endpoint.
        name.members = name.members.map((member) =>
          isSame(member.endpoint) ? this.#newRoute({ ...member.endpoint, ...change }, member) : member,
        );
      },
      replaceChain: (chain) => {
        name.members = name.members.map((member) =>
          isOurs(member) ? this.#newRoute(member.endpoint, { ...member, chain }) : member,
        );
      },
      hold: () => {
        if (leave()) this.#hold(name);
      },
      withdraw: () => {
        if (leave()) this.#free(name);
      },
    };
  }

  /** Frees a name that is held. */
  letGo(name: Name): void {
    name.cancelExpiry();
    this.#names.remove(name);
  }

  /** The name as it is, if others of a pool are online under it; else a new one, also in place of a held one. */
  #nameFor({ accountId, scheme, host, port, binding, part }: Facts): Name {
    const address = { scheme, host, port, binding };
    const known = this.#names.get(address, accountId);
    if (known !== undefined && known.members.length > 0) return known;
    if (known !== undefined) this.letGo(known);
    const name: Name = { accountId, address, labels: labelsOf(part), members: [], cancelExpiry: () => {} };
    this.#names.add(name);
    return name;
  }

  #newRoute(facts: Facts, { chain, link, tls, bindId }: Serving): Route {
    this.#generation += 1;
    return { endpoint: { ...facts, generation: this.#generation }, chain, link, tls, bindId };
  }

  #hold(name: Name): void {
    name.cancelExpiry = this.#clock.after(this.#holdMs, () => this.#free(name));
  }

  #free(name: Name): void {
    this.#names.remove(name);
    this.#onFree();
  }
}
