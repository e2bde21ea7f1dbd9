/** Limits of names and ports. */
export interface DirectoryLimits {
  /**
   * How long an account keeps the name of an endpoint whose session was lost. Default: 150,000 ms, which covers the third
   * retry of the slowest SDK (agent protocol, §14.3).
   */
  readonly holdMs: number;
  /** Live and held names of one account, ports among them. Default: 65,536. */
  readonly maxNamesPerAccount: number;
  /** Live and held public ports of one account: all accounts share the ports that the server has. Default: 100. */
  readonly maxTcpPortsPerAccount: number;
}

export const defaultDirectoryLimits: DirectoryLimits = {
  holdMs: 150_000,
  maxNamesPerAccount: 65_536,
  maxTcpPortsPerAccount: 100,
};
