/**
 * The agent protocol in one file: layers, frames, stream types, messages, version log. Enough to write a client from.
 * Pure declarations: the code that runs them is in frames/, mux/ and messages/. Options of an endpoint (`Opts`) are in
 * endpoint-options.ts.
 *
 * Layers: TLS (the client verifies us; ALPN `adit/1`, or none for the ngrok dialect) → frames → streams → one typed
 * exchange per stream. There is no greeting: the first bytes in TLS are already a frame of the client.
 *
 * Two dialects speak it. `ngrok` is what unmodified ngrok SDKs speak; `adit/1` is the same with larger constants
 * (mux/profiles.ts), windows that grow, a session window, PING, and the RST codes 0x20 and up. "Rust" and "Go" below are
 * the two families of ngrok SDKs.
 *
 * Version log (number, date, what a peer may now assume)
 * - adit/1, 2026-11-22: first version. Everything in this file but what later lines name.
 * - adit/1, 2026-11-30: `drain`. A client that does not know it resets the stream, and is served as before.
 *   A client may keep several legs: what joins a session proves it with the session's cookie.
 */
import { z } from 'zod';
import { anyCase, anyCaseOrEmpty, flag, integer, orNull, text, textList, verbatimObject } from './messages/tolerant.ts';

// ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Every frame: 8 bytes of header, then `length` bytes of body. All integers are big-endian.
 *
 * ```
 *  byte   0        1        2        3             4        5        6        7
 *       +--------+--------+--------+------+------+--------+--------+--------+--------+
 *       |      length (24 bits)    | type | flags|0|        stream id (31 bits)      |
 *       +--------+--------+--------+------+------+--------+--------+--------+--------+
 *                                   high 4  low 4
 * ```
 * The top bit of the stream id is sent as 0 and ignored when read; so are flags that are not named here.
 */
export const frameHeaderBytes = 8;

/** Frame types: the high half of byte 3. Any other type, and stream id 0 where it is not named, is a protocol error. */
export const frameTypes = {
  /** Ends a stream at once, both ways. Stream id not 0. Body: uint32 error code. */
  reset: 0,
  /** Payload of a stream; empty is allowed. Stream id not 0. Flags: SYN opens the stream, FIN ends this direction. */
  data: 1,
  /**
   * Lets the peer send more on a stream; with stream id 0, adit/1 only, in the whole session. Body: uint32 increment in
   * bytes, low 31 bits; never 0.
   */
  windowIncrement: 2,
  /** Ends the session. Stream id 0. Body: uint32 last stream id of the peer's seen, uint32 error code, UTF-8 reason. */
  goAway: 3,
  /** adit/1 only: asks for the same body with flag ANSWER, at once. Stream id 0. Body: any uint32. */
  ping: 4,
} as const;

/** Flags: the low half of byte 3. FIN and SYN of DATA, which may have both and payload; ANSWER of PING. */
export const frameFlags = { fin: 0x1, syn: 0x2, answer: 0x1 } as const;

/** Codes of RST and GOAWAY. Any other value means "unknown". */
export const errorCodes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  /** More was sent than the window allowed. */
  flowControl: 3,
  /** Data for a stream that is unknown or over. */
  streamClosed: 4,
  /** The receiver has too many streams open. */
  streamRefused: 5,
  /** The sender lost interest: the second half of an abort, after an empty DATA+FIN. */
  streamCancelled: 6,
  streamReset: 7,
  frameSize: 8,
  acceptQueueFull: 9,
  /** The peer costs more than it may. */
  enhanceYourCalm: 10,
  /** From our agent on a proxied stream: it does not have the bind, or no longer. */
  remoteGoneAway: 11,
  streamsExhausted: 12,
  writeTimeout: 13,
  sessionClosed: 14,
  peerEof: 15,
  /** adit/1 only, client → server on a proxied stream, as are the next three: the upstream refused the connection. */
  upstreamRefused: 0x20,
  /** The upstream did not accept the connection in time. */
  upstreamTimeout: 0x21,
  /** No such host, or no route to it. */
  upstreamUnreachable: 0x22,
  /** The TLS handshake with the upstream failed. */
  upstreamTls: 0x23,
} as const;

/*
 * Streams. Ids of the client are odd from 3, ids of the server even from 2; each opener adds 2 and never uses an id
 * again. DATA+SYN opens; nothing answers it. FIN ends one direction; a stream is over after both FINs or one RST.
 *
 * Windows. Each stream and direction starts with a window of `initialWindowBytes`; only DATA payload counts, the type
 * and other heads included. A sender never exceeds its window. In the ngrok dialect a receiver grants with WNDINC what its
 * application has consumed, never more: the Rust client forgets grants beyond the initial window. In adit/1 it may grant
 * more, so that the window becomes as large as the way is long (mux/window-rule.ts); what was granted is never taken back.
 *
 * Session window, adit/1 only: each direction of the session has one more window, of `sessionWindowBytes` at its start.
 * The payload of all DATA frames counts, on whatever stream, refused ones too. DATA of proxied connections waits for it;
 * frames that open a stream, calls and heartbeats do not, and may make it negative. The receiver grants on stream 0 what
 * was read, and what it threw away. A peer that sends DATA of a proxied connection beyond it loses its session, code 3.
 *
 * PING, adit/1 only, measures the round trip for the windows. It says nothing about being alive; heartbeats do.
 *
 * Tolerated: RST and WNDINC for unknown streams, and an empty DATA+FIN for one, are ignored; other DATA for one is
 * answered with RST 4; more than the window with RST 3; one stream too many with RST 5; a WNDINC of 0 is ignored. Not
 * tolerated: a client that opens streams too fast (mux/profiles.ts) loses its session, code 10.
 * To abort a stream send an empty DATA+FIN, then RST 6: on a RST alone the Rust client's reading half hangs.
 *
 * Ending. GOAWAY, nothing after it, TCP closed right behind. After a GOAWAY of the peer stop parsing, whatever its
 * length says (the Rust client counts wrongly).
 */

// ── Stream types ────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The first 4 payload bytes of every stream: uint32 big-endian, sent by the opener in its SYN frame.
 *
 * All but `proxy` and `heartbeat` are calls: the opener sends one JSON object and no FIN, the answerer one JSON object
 * and FIN. The request ends where its JSON value ends. A request is always answered, at worst with `{"Error": "…"}`:
 * the Rust client has no timeout. A reply with a non-empty `Error` is a failure whatever else it holds.
 */
export const streamTypes = {
  /** Client → server, before anything but heartbeat and srvInfo: who I am. */
  auth: 0,
  /** Client → server: put an endpoint online. */
  bind: 1,
  /** Client → server: take it offline. Idempotent; streams that are open stay open. */
  unbind: 2,
  /** Server → client: one visitor connection (`ProxyHeader`). */
  proxy: 3,
  /** Server → client: restart yourself. Body `{}`. */
  restart: 4,
  /** Server → client: stop yourself. Body `{}`. */
  stop: 5,
  /** Server → client: update yourself. */
  update: 6,
  /** Client → server: bind by labels. */
  startTunnelWithLabel: 7,
  /** Client → server, also before Auth; Go only. Body `{}`. */
  srvInfo: 8,
  /** Server → client, not answered: one endpoint was stopped. */
  stopTunnel: 9,
  /** Client → server; Go only: change a live endpoint. */
  patchTunnelState: 10,
  /** adit/1 only, server → client: dial the upstream of one bind and say how that went. Others never get it. */
  upstreamProbe: 0x100,
  /**
   * adit/1 only, server → client: this server goes, and another one answers at its address. Body `{}`. The client dials
   * again, binds there what it has bound here, and then answers. Here it goes on serving until the server ends the session.
   */
  drain: 0x101,
  /** Both ways. The opener sends 4 bytes, the other echoes them; the stream stays open as long as it beats. */
  heartbeat: 0xffffffff,
} as const;

/** Bounds on JSON from the peer. */
export const messageLimits = {
  /** Bytes of one request or reply. */
  maxBytes: 1024 * 1024,
  /** Bytes of the JSON of a proxy header. */
  maxProxyHeaderBytes: 4 * 1024,
  /** Objects and lists inside each other. */
  maxDepth: 32,
} as const;

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────────

/*
 * Reading: keys match in any letter case; unknown keys are ignored; an absent value may be `null`, the zero of its type
 * or missing, and reads as the zero (`''`, `0`, `false`, `[]`) unless its line says otherwise. Writing: the spelling
 * used here, every key present. Byte strings are standard base64 with padding.
 *
 * `Error` in any reply: `''` is success; otherwise text for the user, with `ERR_NGROK_<n>` or `ERR_ADIT_<n>` on the last
 * line, a blank line before it. The Rust client takes a code only from a line of its own.
 */

/** auth, client → server. */
export const authRequest = anyCase({
  /** Protocol versions the client speaks, best first: "3", "2". */
  Version: textList,
  /** Empty for a new session; after a reconnect the id that the server gave. */
  ClientId: text,
  Extra: anyCase({
    /** Operating system and processor, e.g. `linux`, `x86_64`. For display. */
    OS: text,
    Arch: text,
    /** The credential. Secret. Empty if the user set none. */
    AuthToken: text,
    /** Version of the outermost client library or application. */
    Version: text,
    Hostname: text,
    /** Products, newest wrapper first: `ngrok-javascript/1.7.0 ngrok-rust/0.18.0`. */
    UserAgent: text,
    /** The user's own text about this session, shown as it is. */
    Metadata: text,
    /** Empty, or the latest `Cookie` the server gave. Secret. */
    Cookie: text,
    /** Nanoseconds between an echo and the next beat. 0: not said, 10 s. */
    HeartbeatInterval: integer,
    /** Nanoseconds that a beat may take beyond that. 0: not said, 15 s. */
    HeartbeatTolerance: integer,
    /** Whether the command works: `''` yes; other text no, and why; `null` unknown, so no. */
    UpdateUnsupportedError: orNull(z.string()),
    StopUnsupportedError: orNull(z.string()),
    RestartUnsupportedError: orNull(z.string()),
    ProxyType: text,
    ConfigVersion: text,
    MutualTLS: flag,
    ServiceRun: flag,
    CustomInterface: flag,
    CustomCAs: flag,
    /** `ngrok-javascript`, `ngrok-go`, `adit`, … */
    ClientType: text,
    /** Above 0: an additional session of the same client to another address (Go); it takes nothing over. */
    LegNumber: integer,
  }),
});
export type AuthRequest = z.output<typeof authRequest>;

/** auth, the server's reply. Followed by FIN; after a refusal the client closes. */
export const authReply = anyCase({
  /** The version chosen from the client's list. */
  Version: text,
  /** The session's id, to be given back on reconnect. */
  ClientId: text,
  Error: text,
  /** Rust fails on `null` here; the keys inside may all be left out. */
  Extra: anyCaseOrEmpty({
    /** Version of the server. */
    Version: text,
    Region: text,
    /** Opaque; proves on reconnect that `ClientId` is ours. Secret. */
    Cookie: text,
    AccountName: text,
    /** Seconds; informational. */
    SessionDuration: integer,
    PlanName: text,
    /** Text for the user, shown once. */
    Banner: text,
    /** Read by Go only. */
    AgentSessionID: text,
  }),
});
export type AuthReply = z.output<typeof authReply>;

/** bind, client → server. */
export const bindRequest = anyCase({
  /** Empty: the server chooses. Else a bind that is opened again after a reconnect, and must keep this id. */
  Id: text,
  /** `http`, `https`, `tcp`, `tls`; `ssh` exists in Go. */
  Proto: text,
  /** Where the client forwards to, for display. */
  ForwardsTo: text,
  /** What the upstream speaks: `''`, `http1`, `http2`. */
  ForwardsProto: text,
  /** Options by `Proto`, kept as they came: the reply echoes them all. Read them with `parseEndpointOptions`. */
  Opts: verbatimObject,
  Extra: anyCaseOrEmpty({
    /** Empty, or the `Token` of the bind that is opened again. Secret. */
    Token: text,
    /** Always empty from SDKs. */
    IPPolicyRef: text,
    /** The user's own text about this endpoint. */
    Metadata: text,
    /** `public`, `internal`, `kubernetes`; empty means public. */
    Bindings: textList,
    /** May share its name with other binds that say so too. */
    PoolingEnabled: flag,
    /** Read from Go only. */
    Name: text,
    Description: text,
  }),
});
export type BindRequest = z.output<typeof bindRequest>;

/** bind, the server's reply. */
export const bindReply = anyCase({
  /** Globally unique: the JavaScript SDK keeps one table for all sessions of a process. */
  Id: text,
  /** The public URL, with the port unless it is the scheme's own. */
  URL: text,
  /** The request's. */
  Proto: text,
  /**
   * All of the request's, with the chosen name in `Domain` and `Hostname`: after a reconnect the client asks for exactly
   * these. Rust insists on strings `Hostname`, `Auth`, `Subdomain`, boolean `HostHeaderRewrite`, integer `ProxyProto`.
   */
  Opts: verbatimObject,
  Extra: anyCaseOrEmpty({
    /** Proves on reconnect that `Id` is the client's. Secret. Rust insists on it. */
    Token: text,
    /** Read by Go only: names the endpoint in patchTunnelState. */
    TunnelID: text,
  }),
  Error: text,
});
export type BindReply = z.output<typeof bindReply>;

/** unbind, client → server. An id that is unknown, or already gone, is no error. */
export const unbindRequest = anyCase({ Id: text });
export type UnbindRequest = z.output<typeof unbindRequest>;

/** The reply to unbind, stop, restart, update and patchTunnelState: `{}` or an error. */
export const plainReply = anyCase({ Error: text });
export type PlainReply = z.output<typeof plainReply>;

/** startTunnelWithLabel, client → server. */
export const startTunnelWithLabel = anyCase({
  Labels: verbatimObject,
  ForwardsTo: text,
  ForwardsProto: text,
  Metadata: text,
});
export type StartTunnelWithLabel = z.output<typeof startTunnelWithLabel>;

/** startTunnelWithLabel, the server's reply. */
export const startTunnelWithLabelReply = anyCase({ Id: text, Error: text });
export type StartTunnelWithLabelReply = z.output<typeof startTunnelWithLabelReply>;

/** srvInfo, the server's reply to `{}`. */
export const srvInfoReply = anyCase({ Region: text });
export type SrvInfoReply = z.output<typeof srvInfoReply>;

/** patchTunnelState, client → server; `null`: unchanged. */
export const patchTunnelState = anyCase({
  /** `Extra.TunnelID` of the bind's reply. */
  TunnelId: text,
  Name: orNull(z.string()),
  Description: orNull(z.string()),
  Metadata: orNull(z.string()),
  TrafficPolicy: orNull(z.string()),
  PoolingEnabled: orNull(z.boolean()),
});
export type PatchTunnelState = z.output<typeof patchTunnelState>;

/** update, server → client. Rust answers nothing if a key is missing. */
export const update = anyCase({ Version: text, PermitMajorVersion: flag });
export type Update = z.output<typeof update>;

/** stopTunnel, server → client; not answered. A courtesy: Rust ignores it after its first reconnect. */
export const stopTunnel = anyCase({
  /** The bind. */
  Id: text,
  /** For the user. */
  Message: text,
  /** `ERR_…`, or empty. */
  ErrorCode: text,
});
export type StopTunnel = z.output<typeof stopTunnel>;

/** upstreamProbe, server → client. */
export const upstreamProbeRequest = anyCase({
  /** The bind. */
  Id: text,
  /** The PROXY header that its upstream expects first: 1, 2; 0: none. It gets one without a visitor (LOCAL, UNKNOWN). */
  ProxyProto: integer,
});
export type UpstreamProbeRequest = z.output<typeof upstreamProbeRequest>;

/** upstreamProbe, the client's reply. */
export const upstreamProbeReply = anyCase({
  /**
   * What a visitor's connection would have met. `ok`: the upstream took it (TCP, and TLS where it is spoken). `refused`,
   * `timeout`, `unreachable`, `tls`: as the reset codes of those names. `unknownBind`: the client does not have the bind.
   */
  State: z.enum(['ok', 'refused', 'timeout', 'unreachable', 'tls', 'unknownBind']),
  /** How long that took. */
  Milliseconds: integer,
});
export type UpstreamProbeReply = z.output<typeof upstreamProbeReply>;

// ── Proxied connections ─────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The JSON header of a proxy stream. The stream's bytes:
 *
 * ```
 *  uint32 BE   3                     stream type
 *  int64  LE   N                     little-endian, unlike everything else
 *  N bytes     this object           type, N and header all in the SYN frame
 *  …           connection bytes, both ways, until FIN or RST
 * ```
 *
 * The client writes nothing before connection bytes. It grants the window of the head (WNDINC for 4 + 8 + N bytes) as
 * soon as it has read it: that is how the server sees that somebody serves the listener. HTTP/1.1 is spoken unless the
 * bind's `ForwardsProto` is `http2`; any number of requests may follow each other. All five keys are needed.
 */
export const proxyHeader = anyCase({
  /** The bind. Unknown to the client: it ends the stream at once, without data. */
  Id: z.string(),
  /** The visitor: `203.0.113.9:51234`, `[2001:db8::1]:51234`. */
  ClientAddr: z.string(),
  /** The endpoint's protocol: `http`, `https`, `tcp`, `tls`. */
  Proto: z.string(),
  /** A string: "0" ordinary endpoint; of labelled tunnels "1" tcp, "2" tls, "3" https. */
  EdgeType: z.string(),
  /** True when the bytes are the visitor's own TLS. */
  PassthroughTLS: z.boolean(),
});
export type ProxyHeader = z.output<typeof proxyHeader>;
