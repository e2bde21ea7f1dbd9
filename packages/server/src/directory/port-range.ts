/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export function isWithin({ first, last }: PortRange, port: number): boolean {
  return port >= first && port <= last;
}
