import { AditError } from '@adit/contracts';
import { type Clock, monotonicClock, timeOfDay } from '../clock.ts';
import { connectLimits } from '../dial/connect-limits.ts';
import { loadTrust, type Transport } from '../dial/dial.ts';
import { parseProxyUrl } from '../dial/proxy-url.ts';
import { parseServerAddress } from '../dial/server-address.ts';
import { AgentSession } from './agent-session.ts';
import { type ClientInfo, sdkVersion } from './auth-request.ts';
import { SessionIdentity } from './session-identity.ts';
import { StateFile } from './state-file.ts';

export interface ConnectOptions {
  /** `host` or `host:port` of the server; port 443 by default. `localhost` and `*.localhost` mean this machine. */
  readonly serverAddr: string;
  /** The credential. Never in an error, event or log of ours. */
  readonly authtoken: string;
  /** PEM text of the CA certificates to trust, and no others. Default: the system's. */
  readonly caPem?: string | undefined;
  /** The same, from a file. `caPem` wins. */
  readonly caFile?: string | undefined;
  /**
   * The proxy that leads to the server: `http://[user:password@]host:port` (CONNECT) or `socks5://…`. It resolves the
   * server's name. Default: none; `chooseProxy` reads the usual variables. Its password is never in an error or event.
   */
  readonly proxyUrl?: string | undefined;
  /**
   * `tls`: the agent protocol on TLS. `websocket`: the same in WebSocket messages, for ways that only HTTPS passes. `auto`,
   * the default: TLS, and WebSocket when the handshake is refused, or a proxy answers it in the server's place.
   */
  readonly transport?: Transport | undefined;
  /** Milliseconds that dialling may take: TCP, proxy, TLS and WebSocket together. Default 10_000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Your own text about the session, at most 4,096 bytes. */
  readonly metadata?: string | undefined;
  /**
   * File that remembers the session for takeover when this program is killed and started again. Holds a secret, mode
   * 0600, removed by an orderly close. Default: none; the session is then remembered in memory only.
   */
  readonly stateFile?: string | undefined;
  /** Milliseconds between an echo and the next beat. Default 7_000. The server takes 1 s to 5 min. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** Milliseconds a beat may take beyond that before the connection counts as lost. Default 6_000. */
  readonly heartbeatToleranceMs?: number | undefined;
  /**
   * Connections to the server that the session keeps, 1 to 8. With several, one that breaks takes its own visitors along and
   * nobody else, and a lost packet holds up one of them only. Default 1.
   */
  readonly legs?: number | undefined;
  /** The program, as the server shows it. Default: this SDK. */
  readonly client?: ClientInfo | undefined;
  /**
   * An operator asks the program to start again; the server has its answer. Whoever sets it ends this session and opens
   * another, in this process or the next. Default: restarts are refused.
   */
  readonly onRestart?: (() => void) | undefined;
  /** Closes the session, also while it connects. */
  readonly signal?: AbortSignal | undefined;
  /** Time, for tests: only differences of it count. Default: one that nobody sets. */
  readonly clock?: Clock | undefined;
  /** Milliseconds since 1970, for tests. Default: the machine's, or that of `clock` where one is given. */
  readonly timeOfDay?: (() => number) | undefined;
  /** Answers 0 ≤ n < 1, for tests. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * Opens an agent session: dials the server over TLS, verifies it, authenticates. One attempt is made; a session that was
 * once online reconnects by itself (see `AgentSession`). The caller owns the session and must close it: until then it
 * keeps the process alive.
 *
 * @throws {AditError} 9300: no token. 9201: address, number of legs. 9202: CA file. 9301: not reachable. 9302: certificate not trusted.
 *   9303: not an Adit server. 9320 to 9323: the proxy. The server's refusal, e.g. 105 or 107 for the token. The signal's
 *   reason when it aborts.
 */
export async function connect(options: ConnectOptions): Promise<AgentSession> {
  const { authtoken, signal, clock = monotonicClock, client = { name: 'adit-sdk', version: sdkVersion } } = options;
  const { legs: legCount = 1 } = options;
  if (authtoken === '') throw new AditError(9300);
  if (!Number.isInteger(legCount) || legCount < 1 || legCount > connectLimits.maxLegs) {
    throw new AditError(9201, `Cannot open ${legCount} legs: a session has 1 to ${connectLimits.maxLegs}`);
  }
  signal?.throwIfAborted();
  const address = parseServerAddress(options.serverAddr);
  const proxy = options.proxyUrl === undefined ? undefined : parseProxyUrl(options.proxyUrl);
  const context = await loadTrust(options);
  const facts = {
    authtoken,
    client,
    metadata: options.metadata ?? '',
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? connectLimits.heartbeatIntervalMs,
    heartbeatToleranceMs: options.heartbeatToleranceMs ?? connectLimits.heartbeatToleranceMs,
    hasOwnCa: options.caPem !== undefined || options.caFile !== undefined,
    proxyType: proxy?.kind ?? '',
    canRestart: options.onRestart !== undefined,
  };
  const stateFile = options.stateFile === undefined ? undefined : new StateFile(options.stateFile, address.text);
  return await AgentSession.start(
    {
      ...{ address, context, proxy, clock, facts, legCount, identity: new SessionIdentity(stateFile) },
      transport: options.transport ?? 'auto',
      timeoutMs: options.connectTimeoutMs ?? connectLimits.dialTimeoutMs,
      random: options.random ?? Math.random,
      onRestart: options.onRestart,
      timeOfDay: options.timeOfDay ?? options.clock?.now ?? timeOfDay,
    },
    signal,
  );
}
