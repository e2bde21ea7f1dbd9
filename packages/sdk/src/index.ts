// Agent sessions for programs: `connect()` to a server, then `session.forward()` a local service or `session.listen()` in this
// program. How to use it is in README.md. Frames and messages are in packages/wire; the `adit` command on top of this is
// packages/agent.

export { type Clock, systemClock } from './clock.ts';
export { type ConnectLimits, connectLimits } from './dial/connect-limits.ts';
export { chooseProxy } from './dial/proxy-choice.ts';
export { parseServerAddress, type ServerAddress } from './dial/server-address.ts';
export type { Labels } from './forward/binder.ts';
export type { Forward } from './forward/forward.ts';
export type { EndpointOptions, ForwardOptions } from './forward/forward-options.ts';
export type { HeaderChanges, PolicyOptions } from './forward/policy-options.ts';
export { checkPolicies, type PolicyPlace } from './forward/policy-request.ts';
export { type PublicUrlRequest, parsePublicUrl } from './forward/public-url.ts';
export { type ListenOptions, listen } from './listen/listen.ts';
export type { FetchHandler } from './listen/listen-fetch.ts';
export type { Listener, ListenerEvents } from './listen/listener.ts';
export type { TlsTermination } from './relay/relay-tls.ts';
export type { ConnectionTap, Tap, TappedConnection } from './relay/tap.ts';
export type { AgentSession } from './session/agent-session.ts';
export type { ClientInfo } from './session/auth-request.ts';
export { type ConnectOptions, connect } from './session/connect.ts';
export type {
  ConnectionEvent,
  ForwardEvent,
  LegStatus,
  SessionEvents,
  SessionStatus,
} from './session/session-events.ts';
export { type OpenUpstreamOptions, openUpstream } from './upstream/open-upstream.ts';
export {
  type FolderUpstream,
  type HandlerUpstream,
  type NetworkProtocol,
  type NetworkUpstream,
  parseUpstream,
  type Upstream,
  type UpstreamOptions,
  type UpstreamProtocol,
} from './upstream/upstream.ts';
