// Agent sessions for programs: `connect()` to a server, then `session.forward()` a local service to a public URL. Frames
// and messages are in packages/wire; the `adit` command on top of this is packages/agent.
export type { AgentSession } from './agent-session.ts';
export type { ClientInfo } from './auth-request.ts';
export { type Clock, systemClock } from './clock.ts';
export { type ConnectOptions, connect } from './connect.ts';
export type { Forward, ForwardOptions } from './forward.ts';
export { type PublicUrlRequest, parsePublicUrl } from './public-url.ts';
export { parseServerAddress, type ServerAddress } from './server-address.ts';
export type { ConnectionEvent, ForwardEvent, SessionEvents, SessionStatus } from './session-events.ts';
export { parseUpstream, type Upstream, type UpstreamProtocol } from './upstream.ts';
