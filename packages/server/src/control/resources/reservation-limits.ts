/** How much one account may keep from all others. */
export interface ReservationLimits {
  /**
   * Reserved domains that no DNS record proves: names below the server's domain, which need no proof, and those whose proof was
   * not found yet. Each of the former keeps others from the names below and above it. Of proved ones there may be 10,000.
   * Default: 100.
   */
  readonly maxUnprovedDomains: number;
  /** Reserved tcp ports: all accounts share those that the server has. Default: 20. */
  readonly maxReservedAddresses: number;
}

export const defaultReservationLimits: ReservationLimits = {
  maxUnprovedDomains: 100,
  maxReservedAddresses: 20,
};
