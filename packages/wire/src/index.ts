// The agent protocol as server and agent both run it: frames, multiplexer, typed streams, messages, heartbeat. It does
// I/O on a byte stream handed to it and opens none. Start reading at protocol.ts. Who may bind what is decided in
// packages/server/src/links/agent; dialling and reconnecting live in packages/sdk.
export { type EndpointOptions, parseEndpointOptions } from './endpoint-options.ts';
export { type AnswerEvent, AnswerReader } from './http/answer-reader.ts';
export type {
  AnswerFraming,
  AnswerHead,
  HeaderLines,
  MessageLimits,
  MessageProblem,
  RequestFraming,
  RequestHead,
} from './http/message.ts';
export { type RequestEvent, RequestReader } from './http/request-reader.ts';
export { answerHeadText, chunkEnd, chunkHead, lastChunk, requestHeadText } from './http/write-message.ts';
export { answerHeartbeat, type HeartbeatOptions, probe, startHeartbeat } from './messages/heartbeat.ts';
export {
  parseAuthReply,
  parseAuthRequest,
  parseBindReply,
  parseBindRequest,
  parsePatchTunnelState,
  parsePlainReply,
  parseSrvInfoReply,
  parseStartTunnelWithLabel,
  parseStartTunnelWithLabelReply,
  parseStopTunnel,
  parseUnbindRequest,
  parseUpdate,
  parseUpstreamProbeReply,
  parseUpstreamProbeRequest,
} from './messages/parse-message.ts';
export { encodeProxyHeader, readProxyHeader } from './messages/proxied-connection.ts';
export { call, readMessage, reply } from './messages/rpc.ts';
export { type Collector, collector } from './mux/collector.ts';
export { HeldBudget } from './mux/held-budget.ts';
export { MuxSession } from './mux/mux-session.ts';
export { MuxStream } from './mux/mux-stream.ts';
export { aditProfile, type MuxProfile, type MuxTimer, ngrokProfile } from './mux/profiles.ts';
export type { MuxSessionOptions } from './mux/session-core.ts';
export { StreamReset } from './mux/stream-reset.ts';
export {
  type AuthReply,
  type AuthRequest,
  type BindReply,
  type BindRequest,
  errorCodes,
  messageLimits,
  type PatchTunnelState,
  type PlainReply,
  type ProxyHeader,
  type SrvInfoReply,
  type StartTunnelWithLabel,
  type StartTunnelWithLabelReply,
  type StopTunnel,
  streamTypes,
  type UnbindRequest,
  type Update,
  type UpstreamProbeReply,
  type UpstreamProbeRequest,
} from './protocol.ts';
export type { ConnectionEnds } from './proxy-protocol/connection-ends.ts';
export { encodeProxyProtocol } from './proxy-protocol/encode-proxy-protocol.ts';
export { type ProxyProtocolProgress, readProxyProtocol } from './proxy-protocol/read-proxy-protocol.ts';
export { type TakenProxyHeader, takeProxyHeader } from './proxy-protocol/take-proxy-header.ts';
export { FrameReader } from './websocket/frame-reader.ts';
export { closeCodes } from './websocket/opcodes.ts';
export { binaryHead, closeFrame, pingFrame, pongFrame } from './websocket/write-frame.ts';
