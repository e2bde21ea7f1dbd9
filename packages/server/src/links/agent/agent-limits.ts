// The server side of the agent protocol: agent sessions, their binds, and the link that carries visitors to them. Frames,
// streams and message schemas are in packages/wire; who owns which name is in directory/.

/**
 * Every limit, time-out and size of agent sessions; those of frames and streams are the multiplexer's profiles. All are
 * enforced: the agent may be hostile.
 */
export interface AgentLimits {
  /** An unauthenticated connection must have sent its first bytes by then, and from when it is read a valid Auth. Default: 10,000 ms. */
  readonly authTimeoutMs: number;
  /** Connections that may be unauthenticated at once; more are closed. Default: 16,384. */
  readonly maxUnauthenticated: number;
  /**
   * Connections between their first bytes and their first answered Bind that are read at once; the others wait unread, those
   * of one address (IPv6: of its /64) in order and each address in turn, so that a turn of the event loop has a bounded number
   * of them to serve. Default: 64.
   */
  readonly maxArriving: number;
  /** Who takes longer for it does not count any more. Default: 250 ms. */
  readonly arrivalMs: number;
  /** Bytes that a connection may send before it is authenticated. Default: 262,144: four times the largest Auth. */
  readonly maxUnauthenticatedBytes: number;
  /** Streams that it may open until then: SDKs open up to three. Default: 16. */
  readonly maxUnauthenticatedStreams: number;
  /** How long a refused agent has to read why before its connection is closed. Default: 1,000 ms. */
  readonly lingerMs: number;
  /**
   * How long an agent has to read GOAWAY before its connection is destroyed. Some SDKs wait for that before they reconnect,
   * and those that find the port closed for 2.6 s wait two minutes (agent protocol, §14.3). Default: 250 ms.
   */
  readonly goAwayLingerMs: number;
  /**
   * Refused Auths of one client address (IPv6: of its /64) per window; then 349 whatever it sends. Default: 60. Loopback
   * is exempt: there one address stands for every local program, or for a proxy on this machine.
   */
  readonly authFailuresPerAddress: number;
  /** Refused Auths with one token per window; then 349 without a look-up. Default: 10. */
  readonly authFailuresPerToken: number;
  /** How long a refused Auth counts, from the first one of its window. Default: 60,000 ms. */
  readonly authFailureWindowMs: number;
  /** Addresses and tokens remembered at once; the oldest are forgotten. Default: 10,000. */
  readonly maxAuthFailureKeys: number;
  /**
   * Auths looked at in one turn of the event loop; the next ones wait for the next turns, in order, so that visitors do not
   * wait for thousands of agents that come back at once. Default: 5.
   */
  readonly authsPerTurn: number;
  /** Endpoints that begin to be opened in one turn of the event loop; the next ones wait. Default: 5. */
  readonly bindsPerTurn: number;
  /** Size of an Auth message. Default: 65,536 bytes. */
  readonly maxAuthBytes: number;
  /** Size of any later message; traffic policies and certificates come in Bind. Default: 1,048,576 bytes. */
  readonly maxMessageBytes: number;
  /** A request must be whole by then. Default: 10,000 ms. */
  readonly messageTimeoutMs: number;
  /** Requests of one session being read or worked on at once. SDKs send one at a time. Default: 16. */
  readonly maxConcurrentRequests: number;
  /** How long the agent may take to answer a command. Default: 10,000 ms. */
  readonly commandTimeoutMs: number;
  /** Connections of one session (agent protocol, §14.4). Default: 16. */
  readonly maxLegsPerSession: number;
  /** How long an agent of ours has to go on at the server that takes this one's place. Default: 15,000 ms. */
  readonly moveTimeoutMs: number;
  /** How long visitors of agents that cannot move have then, until their connections are cut. Default: 3,000 ms. */
  readonly moveVisitorsTimeoutMs: number;
  /** Sessions of one account; each leg counts. Default: 20,000. */
  readonly maxSessionsPerAccount: number;
  /** Endpoints of one session. Default: 256. */
  readonly maxEndpointsPerSession: number;
  /** Session and endpoint metadata. Default: 4,096 bytes. */
  readonly maxMetadataBytes: number;
  /** Least heartbeat interval and tolerance an agent may announce. Default: 1,000 ms. */
  readonly minHeartbeatMs: number;
  /** Greatest heartbeat interval and tolerance an agent may announce. Default: 300,000 ms. */
  readonly maxHeartbeatMs: number;
  /** A session is never given up for want of a heartbeat earlier than this. Default: 5,000 ms. */
  readonly minSilenceMs: number;
  /** How long a live session has to answer when another session of its account wants its name. Default: 2,000 ms. */
  readonly probeTimeoutMs: number;
  /**
   * Streams per bind whose header an SDK has not read yet; more wait. Rust-based SDKs lose their heartbeat at some 130
   * (agent protocol, §16.2). Our own agent reads headers independently and has no such limit. Default: 32.
   */
  readonly maxUnreadHeadersPerBind: number;
  /** Streams per bind that wait for their turn; more are refused with 3210. Default: 256. */
  readonly maxWaitingPerBind: number;
  /** A header unread for so long means that nobody serves the listener: what waits is refused with 3210. Default: 2,000 ms. */
  readonly unservedAfterMs: number;
  /** A stream whose header is not read by then is given up with 3210. Default: 10,000 ms. */
  readonly headerTimeoutMs: number;
  /**
   * Bytes that agents have sent and visitors have not read yet, over all sessions; beyond it the session that holds most
   * loses its fullest stream (`MuxProfile.maxHeldBytes` bounds each). Default: 536,870,912 bytes.
   */
  readonly maxHeldBytes: number;
  /** Stopped endpoints and revoked credentials remembered, so that they stay so. Default: 10,000 of each. */
  readonly maxRemembered: number;
}

export const defaultAgentLimits: AgentLimits = {
  authTimeoutMs: 10_000,
  maxUnauthenticated: 16_384,
  maxArriving: 64,
  arrivalMs: 250,
  maxUnauthenticatedBytes: 262_144,
  maxUnauthenticatedStreams: 16,
  lingerMs: 1_000,
  goAwayLingerMs: 250,
  authFailuresPerAddress: 60,
  authFailuresPerToken: 10,
  authFailureWindowMs: 60_000,
  maxAuthFailureKeys: 10_000,
  authsPerTurn: 5,
  bindsPerTurn: 5,
  maxAuthBytes: 65_536,
  maxMessageBytes: 1_048_576,
  messageTimeoutMs: 10_000,
  maxConcurrentRequests: 16,
  commandTimeoutMs: 10_000,
  maxLegsPerSession: 16,
  moveTimeoutMs: 15_000,
  moveVisitorsTimeoutMs: 3_000,
  maxSessionsPerAccount: 20_000,
  maxEndpointsPerSession: 256,
  maxMetadataBytes: 4_096,
  minHeartbeatMs: 1_000,
  maxHeartbeatMs: 300_000,
  minSilenceMs: 5_000,
  probeTimeoutMs: 2_000,
  maxUnreadHeadersPerBind: 32,
  maxWaitingPerBind: 256,
  unservedAfterMs: 2_000,
  headerTimeoutMs: 10_000,
  maxHeldBytes: 536_870_912,
  maxRemembered: 10_000,
};
