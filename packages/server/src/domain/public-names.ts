import type { Id } from '@adit/contracts';
import type { EndpointAddress } from './address.ts';
import type { EndpointScheme } from './endpoint.ts';

/** What whoever reserves names has to know of those that are in use. */
export interface PublicNames {
  /** The server's domain: names below it need no proof. */
  readonly domain: string;
  /** @throws {AditError} 9404: the name is the server's own, or of a form that it keeps for itself. */
  refuseReserved(host: string): void;
  /** Whether another account has an endpoint at this name or below it, online or held; also by a wildcard above it. */
  isUsedByOthers(host: string, accountId: Id<'account'>): boolean;
  /**
   * A port for tcp endpoints that nobody has reserved or uses.
   *
   * @throws {AditError} 332: this server has none. 9405: all are taken.
   */
  freePort(): number;
  /**
   * The address that was asked for, or null if the request leaves the choice to the server.
   *
   * @throws {AditError} 307, 319, 326, 332, 9404: it cannot be had.
   */
  parseAddress(requested: string, scheme: EndpointScheme, accountId: Id<'account'>): EndpointAddress | null;
  /** @throws {AditError} 320: it, or what it stands for, is another account's. 319: the account has no right to it. */
  refuseForeign(address: EndpointAddress, accountId: Id<'account'>): void;
  /** As people see it. */
  urlOf(address: EndpointAddress): string;
}
