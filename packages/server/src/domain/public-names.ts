import type { Id } from '@adit/contracts';

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
}
