/** What the load process does in one run. */
export interface LoadJob {
  readonly port: number;
  readonly tls: boolean;
  readonly serverName: string;
  readonly ca: string;
  readonly hostHeader: string;
  readonly path: string;
  readonly connections: number;
  readonly requests: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly requests: number;
  /** Received, heads included. */
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A way from a visitor to the origin. */
export interface Setup {
  readonly name: string;
  /** Printed with the results, so that a reader can judge whether the comparison is fair. */
  readonly configuration: string;
  readonly target: Pick<LoadJob, 'port' | 'tls' | 'serverName' | 'ca' | 'hostHeader'>;
  /** Roots of all its processes; descendants are counted too. */
  readonly pids: readonly number[];
  stop(): void;
}

/** @returns undefined when the programs it needs are not on this machine. */
export type StartSetup = (originPort: number, workDir: string) => Promise<Setup | undefined>;
