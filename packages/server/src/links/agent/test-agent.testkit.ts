import { type Duplex, duplexPair } from 'node:stream';
import { type AditError, newId } from '@adit/contracts';
import {
  answerHeartbeat,
  call,
  type MuxProfile,
  MuxSession,
  type MuxStream,
  ngrokProfile,
  streamTypes,
} from '@adit/wire';
import { type FakeClock, fakeClock } from '../../clock/fake-clock.testkit.ts';
import { Directory } from '../../directory/directory.ts';
import type { PortRange } from '../../directory/port-range.ts';
import { Reservations } from '../../directory/reservations.ts';
import { FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { LogFields } from '../../domain/log.ts';
import type { Principal } from '../../domain/principal.ts';
import { usualRoles } from '../../domain/roles.ts';
import type { Route } from '../../domain/route.ts';
import { hashSecret, newSecret } from '../../domain/secret.ts';
import type { ChainSource } from '../../policy/chains.ts';
import type { ChainFollower } from '../../policy/open-chain.ts';
import { type AgentLimits, defaultAgentLimits } from './agent-limits.ts';
import { AgentSessions } from './agent-sessions.ts';

export const tokens = { ours: newSecret('authtoken'), ours2: newSecret('authtoken'), theirs: newSecret('authtoken') };
export type TokenName = keyof typeof tokens;

const accounts = { ours: newId('account', 1), theirs: newId('account', 1) };

/** Who holds which token: `ours` and `ours2` are two credentials of one account. */
export const principals: Readonly<Record<TokenName, Principal>> = {
  ours: principalOf(accounts.ours),
  ours2: principalOf(accounts.ours),
  theirs: principalOf(accounts.theirs),
};

function principalOf(accountId: Principal['accountId']): Principal {
  return {
    accountId,
    userId: newId('user', 1),
    roles: usualRoles.developer,
    credentialId: newId('credential', 1),
    credentialKind: 'authtoken',
    acl: [],
  };
}

/** A chain that knows what it was compiled from. */
export class CompiledChain extends FakeChain {
  readonly source: ChainSource;
  /** Undefined until its endpoint is online. */
  follower: ChainFollower | undefined;
  constructor(source: ChainSource) {
    super({ isEmpty: true });
    this.source = source;
  }
}

export interface TestWorld {
  readonly clock: FakeClock;
  readonly directory: Directory;
  readonly reservations: Reservations;
  readonly sessions: AgentSessions;
  /** Every line that was logged, as text. */
  readonly log: string[];
  readonly chains: CompiledChain[];
  /** Endpoint ids given to `cutByEndpoint`. */
  readonly cut: string[];
  /** Routes whose streams were asked about again. */
  readonly rechecked: Route[];
  /** How often the store was asked. */
  readonly lookUps: () => number;
  /** Ports that are open, and how often. */
  readonly openPorts: ReadonlyMap<number, number>;
  /** What the store, the compiler and the system's ports do next; set to fail or to wait. */
  readonly hooks: {
    findPrincipal: () => Promise<Principal | void>;
    compileChain: (source: ChainSource) => Promise<void>;
    /** What a chain must have by the time that it is compiled, and has not. */
    lacks: AditError | null;
    openPort: (port: number) => Promise<void>;
    admits: (ip: string | undefined) => boolean;
  };
  connect(options?: { profile?: MuxProfile; remoteAddress?: string; isMute?: boolean }): TestAgent;
  /** A connection of bytes, for agents that keep to nothing. */
  connectRaw(): Duplex;
  route(host?: string): Route | undefined;
}

export interface WorldOptions {
  readonly limits?: Partial<AgentLimits>;
  /** Default: 20000 to 20009. */
  readonly tcpPorts?: PortRange | null;
  /** A second server with the memory of the first: its clock and key. */
  readonly after?: TestWorld;
}

/** A server's agent side on a fake clock and in-memory connections. */
export function startWorld({ limits = {}, tcpPorts = usualPorts, after }: WorldOptions = {}): TestWorld {
  const clock = after?.clock ?? fakeClock();
  const reservations = new Reservations();
  const directory = new Directory({
    clock,
    domain: 'localhost',
    reservations,
    tcpPorts,
    publicUrl: ({ scheme, host, port }) => `${scheme}://${host}:${port ?? (scheme === 'http' ? 8080 : 8443)}`,
  });
  const log: string[] = [];
  const chains: CompiledChain[] = [];
  const cut: string[] = [];
  const rechecked: Route[] = [];
  const openPorts = new Map<number, number>();
  const hooks: TestWorld['hooks'] = {
    findPrincipal: async () => {},
    compileChain: async () => {},
    lacks: null,
    openPort: async () => {},
    admits: () => true,
  };
  const write = (fields: LogFields, message: string) => void log.push(`${message} ${describe(fields)}`);
  let lookUps = 0;
  const sessions = new AgentSessions({
    store: {
      async findPrincipal(kind, secretHash) {
        lookUps += 1;
        const answer = await hooks.findPrincipal();
        if (answer) return answer;
        const name = Object.keys(tokens).find(
          (key): key is TokenName => Buffer.compare(hashSecret(tokens[key as TokenName]), secretHash) === 0,
        );
        return kind === 'authtoken' && name ? principals[name] : undefined;
      },
      findAccount: async (id) => ({ id, name: 'Acme', createdAtMs: 1, suspendedAtMs: null, revision: 1 }),
    },
    directory,
    tcpPorts: {
      async open(port) {
        await hooks.openPort(port);
        return countedIn(openPorts, port);
      },
    },
    grants: {
      cutByEndpoint: (_accountId, endpointId) => cut.push(endpointId),
      recheck: (route) => rechecked.push(route),
    },
    gate: { admits: async (_account, _part, ip) => hooks.admits(ip) },
    chains: {
      async open(source) {
        await hooks.compileChain(source);
        const chain = new CompiledChain(source);
        chains.push(chain);
        const follow = (follower: ChainFollower) => void (chain.follower = follower);
        return { chain, lacks: hooks.lacks, follow, close: () => chain.close() };
      },
    },
    clock,
    log: { isLevelEnabled: () => true, debug: write, info: write, warn: write, error: write },
    signingKey: Buffer.alloc(32, 7),
    serverVersion: '1.2.3',
    limits: { ...defaultAgentLimits, ...limits },
  });
  const connectRaw = (profile = ngrokProfile, remoteAddress = '192.0.2.7') => {
    const [agentSide, serverSide] = duplexPair();
    sessions.accept(serverSide, { remoteAddress, profile });
    return agentSide;
  };
  return {
    clock,
    directory,
    reservations,
    sessions,
    log,
    chains,
    cut,
    rechecked,
    openPorts,
    lookUps: () => lookUps,
    hooks,
    connect: ({ profile = ngrokProfile, remoteAddress, isMute = false } = {}) =>
      new TestAgent(connectRaw(profile, remoteAddress), { profile, clock, isMute }),
    connectRaw,
    route: (host = 'app.localhost') => directory.find('https', host),
  };
}

const usualPorts: PortRange = { first: 20_000, last: 20_009 };

/** One more; the answer takes it back, once. */
function countedIn(counts: Map<number, number>, key: number): () => void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
  let isOpen = true;
  return () => {
    const left = (counts.get(key) ?? 0) - (isOpen ? 1 : 0);
    isOpen = false;
    if (left === 0) counts.delete(key);
    else counts.set(key, left);
  };
}

type Json = Record<string, unknown>;
/** A reply as it came over the wire. */
export type Reply = Json & { readonly Error?: string; readonly Extra: Json; readonly Opts: Json; readonly Id: string };

/** An agent that keeps to the protocol and does what a test tells it. */
export class TestAgent {
  readonly mux: MuxSession;
  readonly transport: Duplex;
  /** Streams the server opened, but for heartbeats. */
  readonly streams: MuxStream[] = [];
  /** Resolves when the connection is over. */
  readonly closed: Promise<AditError | null>;
  #onStream: ((stream: MuxStream) => void) | undefined;
  clientId = '';
  cookie = '';

  /** @param options.isMute Answers no heartbeat of the server: half-dead. */
  constructor(transport: Duplex, options: { profile: MuxProfile; clock: FakeClock; isMute: boolean }) {
    const closed = Promise.withResolvers<AditError | null>();
    this.closed = closed.promise;
    this.transport = transport;
    this.mux = new MuxSession(transport, {
      role: 'client',
      profile: options.profile,
      timer: options.clock,
      onStream: (stream) => {
        if (stream.type !== streamTypes.heartbeat) {
          this.streams.push(stream);
          this.#onStream?.(stream);
        } else if (!options.isMute) answerHeartbeat(stream);
      },
      onClose: closed.resolve,
    });
  }

  async call(type: number, request: object): Promise<Reply> {
    return (await call(this.mux, { type, body: request }, { timeoutMs: 3_600_000 })) as Reply;
  }

  /** Sends Auth with `token`; with the agent's own id and cookie when it has been here before. */
  async auth(
    token: TokenName | (string & {}) = 'ours',
    change: { ClientId?: string; Extra?: Json } = {},
  ): Promise<Reply> {
    const AuthToken = token in tokens ? tokens[token as TokenName] : token;
    const reply = await this.call(streamTypes.auth, {
      Version: ['3', '2'],
      ClientId: this.clientId,
      ...change,
      Extra: { ...usualAuthExtra, AuthToken, Cookie: this.cookie, ...change.Extra },
    });
    const { ClientId: clientId, Cookie: cookie } = { ...reply, ...reply.Extra } as Json;
    if (typeof clientId === 'string') this.clientId = clientId;
    if (typeof cookie === 'string') this.cookie = cookie;
    return reply;
  }

  /** A new endpoint at `https://app.localhost:8443`, unless changed; of tcp at any port. */
  async bind(
    change: {
      Id?: string;
      Proto?: string;
      Opts?: Json;
      Extra?: Json;
      ForwardsTo?: string;
      ForwardsProto?: string;
    } = {},
  ): Promise<Reply> {
    return await this.call(streamTypes.bind, {
      Id: '',
      Proto: 'https',
      ForwardsTo: 'http://localhost:3000',
      ForwardsProto: '',
      ...change,
      Opts: { ...(change.Proto !== 'tcp' && { Domain: 'app.localhost' }), ...change.Opts },
      Extra: { Token: '', Metadata: '', ...change.Extra },
    });
  }

  /** Opens an endpoint again as SDKs do: old id, old token, the options of the first reply. */
  async rebind(first: Reply, change: { Opts?: Json; Token?: string } = {}): Promise<Reply> {
    const { Opts = {}, Token = String(first.Extra['Token']) } = change;
    return await this.bind({ Id: first.Id, Opts: { ...first.Opts, ...Opts }, Extra: { Token } });
  }

  /** A tunnel without an address, which is found by its labels. */
  async startTunnel(Labels: unknown, change: Json = {}): Promise<Reply> {
    const usual = { ForwardsTo: 'http://localhost:3000', ForwardsProto: '', Metadata: '' };
    return await this.call(streamTypes.startTunnelWithLabel, { Labels, ...usual, ...change });
  }

  async unbind(Id: string): Promise<Reply> {
    return await this.call(streamTypes.unbind, { Id });
  }

  /** A new connection of this agent: same id and cookie. */
  as(connection: TestAgent): TestAgent {
    connection.clientId = this.clientId;
    connection.cookie = this.cookie;
    return connection;
  }

  /** The next stream the server opens. */
  async nextStream(): Promise<MuxStream> {
    return await new Promise((resolve) => {
      this.#onStream = resolve;
    });
  }
}

export const usualAuthExtra = {
  OS: 'linux',
  Arch: 'x86_64',
  UserAgent: 'test/1.0',
  ClientType: 'test',
  Metadata: '',
  HeartbeatInterval: 10e9,
  HeartbeatTolerance: 15e9,
  StopUnsupportedError: '',
  RestartUnsupportedError: 'not here',
  UpdateUnsupportedError: null,
};

/** The code at the end of an error text, e.g. `ERR_NGROK_107`; undefined for success. */
export function codeOf(reply: Reply): string | undefined {
  return reply.Error ? /\n\n(ERR_(?:NGROK|ADIT)_[0-9]+)$/.exec(reply.Error)?.[1] : undefined;
}

/** Lets everything that needs no time happen: promises, streams, both ends of a connection. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function describe(fields: LogFields): string {
  return JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? `${value.stack}` : value));
}
