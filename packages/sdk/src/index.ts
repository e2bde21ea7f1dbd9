// Agent sessions for programs: `connect()` to a server, then `session.forward()` a local service or `session.listen()` in this
// program. How to use it is in README.md. Frames and messages are in packages/wire; the `adit` command on top of this is
// packages/agent.
export type { AgentSession } from './agent-session.ts';
export type { ClientInfo } from './auth-request.ts';
export { type Clock, systemClock } from './clock.ts';
export { type ConnectOptions, connect } from './connect.ts';
export type { Forward } from './forward.ts';
export type { EndpointOptions, ForwardOptions } from './forward-options.ts';
export { type ListenOptions, listen } from './listen.ts';
export type { FetchHandler } from './listen-fetch.ts';
export type { Listener, ListenerEvents } from './listener.ts';
export { chooseProxy } from './proxy-choice.ts';
export { type PublicUrlRequest, parsePublicUrl } from './public-url.ts';
export type { TlsTermination } from './relay-tls.ts';
export { parseServerAddress, type ServerAddress } from './server-address.ts';
export type { ConnectionEvent, ForwardEvent, SessionEvents, SessionStatus } from './session-events.ts';
export type { ConnectionTap, Tap, TappedConnection } from './tap.ts';
export {
  type FolderUpstream,
  type HandlerUpstream,
  type NetworkProtocol,
  type NetworkUpstream,
  parseUpstream,
  type Upstream,
  type UpstreamOptions,
  type UpstreamProtocol,
} from './upstream.ts';
export { dialUpstream } from './upstream-dial.ts';
