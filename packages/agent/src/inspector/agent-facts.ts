// What the inspector wants to know of the agent that it is a part of, and may ask it to change.
import type { Duplex } from 'node:stream';
import type { Labels, OpenUpstreamOptions, UpstreamProtocol } from '@adit/sdk';

export interface AgentStatus {
  readonly state: 'connecting' | 'online' | 'reconnecting' | 'closed';
  /** The connections to the server. Null: not measured yet. */
  readonly legs: readonly { readonly region: string; readonly latencyMs: number | null }[];
}

/** An endpoint as the agent's API shows it. */
export interface EndpointFacts {
  /** Unique in this agent; `command_line` for the one of a command line. */
  readonly name: string;
  /** The public URL; empty: it has labels. */
  readonly url: string;
  /** What edges find it by; undefined: it has a URL. */
  readonly labels?: Labels | undefined;
  readonly upstream: { readonly url: string; readonly protocol: string };
  readonly bindings: readonly string[];
  readonly poolingEnabled: boolean;
  readonly inspect: boolean;
  readonly metadata: string;
  readonly description: string;
}

/** Starts, replaces and stops endpoints while the agent runs. Definitions are JSON objects as a client sent them. */
export interface EndpointChanges {
  /** @throws {AditError} The definition is invalid, its name taken, or the server refuses. */
  createEndpoint(definition: Readonly<Record<string, unknown>>): Promise<EndpointFacts>;
  /** @throws {AditError} As `createEndpoint`. */
  replaceEndpoint(
    name: string,
    definition: Readonly<Record<string, unknown>>,
  ): Promise<{ endpoint: EndpointFacts; isNew: boolean }>;
  /** The definition has the keys of a tunnel in a version 2 configuration file, and a name. */
  createTunnel(definition: Readonly<Record<string, unknown>>): Promise<EndpointFacts>;
  /** Answers whether there was one. */
  deleteEndpoint(name: string): Promise<boolean>;
}

export interface AgentFacts {
  readonly agentVersion: string;
  status(): AgentStatus;
  endpoints(): readonly EndpointFacts[];
  /** Null: the endpoints of this agent cannot be changed while it runs. */
  readonly changes: EndpointChanges | null;
}

/** An endpoint whose connections the inspector is to see. */
export interface WatchedEndpoint {
  readonly name: string;
  /** What its upstream is sent. */
  readonly speaks: UpstreamProtocol;
  /** False: its connections are counted, and their bytes never looked at. */
  readonly isInspected: boolean;
  /**
   * A connection to the endpoint's upstream, for a replay; resolves once bytes may flow.
   *
   * @throws {AditError} The upstream cannot be reached.
   */
  open(options: OpenUpstreamOptions): Promise<Duplex>;
}
