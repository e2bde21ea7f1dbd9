// The words that the parts of the benchmark share.

/** Where visitors find a setup. */
export interface Target {
  readonly port: number;
  readonly tls: boolean;
  readonly serverName: string;
  /** PEM; empty without TLS. */
  readonly ca: string;
  readonly hostHeader: string;
}

/** `h1-new`: a new connection, with its TLS handshake, for every request. `websocket`: small messages, echoed. */
export type Protocol = 'h1' | 'h1-new' | 'h2' | 'websocket';

/** Content of one exchange. */
export interface Size {
  readonly answerBytes: number;
  /** 0: a GET; else a POST of as many bytes. */
  readonly uploadBytes: number;
}

/** What the visitor does in one run. */
export interface Work extends Size {
  readonly protocol: Protocol;
  readonly connections: number;
  /** At once on each connection; more than 1 with h2 only. */
  readonly streams: number;
  readonly pace: Pace;
}

/**
 * `flatOut`: as many exchanges as can be done in `seconds`. `steady`: so many a second whatever becomes of them. `once`: one
 * exchange on each lane, made smaller when it would take longer than `seconds`.
 */
export type Pace =
  | { readonly kind: 'flatOut' | 'once'; readonly seconds: number }
  | { readonly kind: 'steady'; readonly seconds: number; readonly perSecond: number };

export interface VisitorJob {
  readonly target: Target;
  readonly work: Work;
}

export interface VisitorResult {
  readonly seconds: number;
  /** Requests answered, messages echoed. */
  readonly exchanges: number;
  /** Content, both directions. */
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A link with a delay in both directions. */
export interface Delay {
  /** Whose link to the server. */
  readonly at: 'visitor' | 'agent';
  readonly roundTripMs: number;
}

export interface Load {
  readonly name: string;
  /** Part of the run without `--all`. */
  readonly isShort: boolean;
  readonly work: Work;
  /** What processor time is divided by. */
  readonly unit: 'exchange' | 'MB';
  readonly delay?: Delay;
}

/** What a setup is started in. */
export interface Surroundings {
  readonly originPort: number;
  /** The setup may make folders in it. */
  readonly workDir: string;
  /** The port on which the agent reaches the server's: the same, or that of a delay proxy. */
  agentLink(serverPort: number): Promise<number>;
  /** Where Adit's processes leave a `.cpuprofile` each when they end. */
  readonly profileDir?: string | undefined;
  /** Adit's processes collect their garbage on SIGUSR2. */
  readonly collectsOnSignal?: boolean;
}

/** A running way from a visitor to the origin. */
export interface Setup {
  readonly name: string;
  /** Printed with the results, so that a reader can judge whether the comparison is fair. */
  readonly configuration: string;
  readonly target: Target;
  /** Roots of the processes on the server's side; descendants are counted too. */
  readonly edgePids: readonly number[];
  readonly agentPids: readonly number[];
  stop(): Promise<void>;
}

export interface SetupKind {
  readonly name: string;
  /** False where no link between agent and server could be delayed: there is none, or its port cannot be chosen. */
  readonly canDelayAgent: boolean;
  /** Of Adit: where its source is. Its processes collect garbage when asked, and its SDK can open agent sessions. */
  readonly checkout?: string;
  /** @returns undefined when the programs it needs are not on this machine. */
  start(surroundings: Surroundings): Promise<Setup | undefined>;
}
