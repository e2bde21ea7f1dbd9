import { AditError, type Id } from '@adit/contracts';
import { type EndpointAddress, isWildcard } from '../domain/address.ts';
import { mayHave } from './may-have.ts';
import type { Name, Names } from './names.ts';
import type { Reservation, Reservations } from './reservations.ts';

/** Few are looked for one by one; for many it is less work to look at every name once. */
const maxLookedForSingly = 16;

export interface OwnershipDeps {
  readonly domain: string;
  readonly names: Names;
  readonly reservations: Reservations;
}

/** Whose a public address is, of all that is reserved, online or held. */
export class Ownership {
  readonly #deps: OwnershipDeps;

  constructor(deps: OwnershipDeps) {
    this.#deps = deps;
  }

  /**
   * Who has reserved a name has it, and so has who is online or held there. Mostly one account; two, after another server let
   * one reserve what is used here: then it is nobody's to open until one of them is gone.
   */
  ownersOf(host: string): Id<'account'>[] {
    const { reservations, names } = this.#deps;
    return [reservations.ownerOf(host), names.ownerOf(host)].filter((one) => one !== undefined);
  }

  ownersOfPort(port: number): Id<'account'>[] {
    const { reservations, names } = this.#deps;
    return [reservations.ownerOfPort(port), names.findPort(port)?.accountId].filter((one) => one !== undefined);
  }

  /** Online or held there, or below it, is what is not the account's. */
  isUsedByOthers(host: string, accountId: Id<'account'>): boolean {
    const { names } = this.#deps;
    const owner = names.ownerOf(host);
    const below = isWildcard(host) ? host : `*.${host}`;
    return (owner !== undefined && owner !== accountId) || names.hasOthersBelow(below, accountId);
  }

  /**
   * @param url The address as people see it.
   * @throws {AditError} 320: it, or what a wildcard stands for, is another account's. 319: it is outside the domain, and the
   *   account has not reserved it.
   */
  refuseForeign(accountId: Id<'account'>, address: EndpointAddress, url: string): void {
    const { scheme, host, port, binding } = address;
    if (binding === 'internal') return;
    const cannot = `Cannot open "${url}"`;
    const owners = scheme === 'tcp' ? this.ownersOfPort(port ?? 0) : this.ownersOf(host);
    if (owners.some((owner) => owner !== accountId)) {
      throw new AditError(320, `${cannot}: the name belongs to another account`);
    }
    if (isWildcard(host) && this.#hasOthersBelow(host, accountId)) {
      throw new AditError(320, `${cannot}: names below it belong to another account`);
    }
    // Only now, as the reservation of a name outside the domain may have gone since it was asked for.
    if (!mayHave(accountId, address, this.#deps)) {
      const why = `it is not below "${this.#deps.domain}", and your account has not reserved it`;
      throw new AditError(319, `${cannot}: ${why}`);
    }
  }

  /** Names online or held where reservations came or went, whose accounts have no right to them any more. */
  lostBy(changed: readonly Reservation[]): Name[] {
    return this.#touchedBy(changed).filter(({ accountId, address }) => !mayHave(accountId, address, this.#deps));
  }

  #hasOthersBelow(wildcard: string, accountId: Id<'account'>): boolean {
    const { reservations, names } = this.#deps;
    return reservations.hasOthersBelow(wildcard, accountId) || names.hasOthersBelow(wildcard, accountId);
  }

  #touchedBy(changed: readonly Reservation[]): Name[] {
    const { names } = this.#deps;
    if (changed.length > maxLookedForSingly) return names.public();
    return changed.flatMap(({ host, port }) => {
      if (host !== undefined) return names.around(host);
      const name = names.findPort(port);
      return name ? [name] : [];
    });
  }
}
