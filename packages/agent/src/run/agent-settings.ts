import { AditError } from '@adit/contracts';
import { chooseProxy, parseServerAddress } from '@adit/sdk';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { parseDuration } from '../config/duration.ts';
import { fromEnvironment } from '../config/environment.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { single } from '../option-values.ts';
import { type LogSettings, resolveLogSettings } from './log-settings.ts';

/** How a session reaches its server. */
export interface ServerSettings {
  readonly serverAddr: string;
  /** PEM file of the only roots to trust; undefined: those of the system. */
  readonly caFile: string | undefined;
  /** May hold a password. */
  readonly proxyUrl: string | undefined;
  readonly connectTimeoutMs: number | undefined;
}

export interface InspectorSettings {
  /** `host:port`. Null: the inspector has no page. */
  readonly webAddr: string | null;
  readonly allowHosts: readonly string[];
  /** 0: the default of the inspector. -1: nothing is captured. */
  readonly dbBytes: number;
}

/** If it is taken, the inspector goes on to the next free port. */
const defaultWebAddr = '127.0.0.1:4040';

/** All that a session of the agent works with besides its endpoints: from options, environment and file, in this order. */
export interface AgentSettings extends ServerSettings {
  /** Secret. */
  readonly authtoken: string;
  readonly metadata: string | undefined;
  /** Connections to the server. */
  readonly legs: number | undefined;
  readonly heartbeatIntervalMs: number | undefined;
  readonly heartbeatToleranceMs: number | undefined;
  readonly log: LogSettings;
  readonly inspector: InspectorSettings;
  /** Things the user should know, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Settles everything that is not about one endpoint.
 *
 * @throws {AditError} 9307: no server address. 9300: no authtoken. 9201: a value.
 */
export function resolveSettings(parsed: ParsedCommand, env: CommandIo['env'], config: LoadedConfig): AgentSettings {
  const { agent, file, warnings } = config;
  const server = resolveServer(parsed, env, config);
  const authtoken = fromEnvironment(env, 'ADIT_AUTHTOKEN') ?? agent.authtoken;
  if (authtoken === undefined) {
    throw new AditError(9300, `Cannot start: ADIT_AUTHTOKEN is not set, and there is no authtoken in "${file}"`);
  }
  return {
    ...server,
    authtoken,
    metadata: agent.metadata,
    legs: agent.legs,
    heartbeatIntervalMs: milliseconds(agent.heartbeat_interval),
    heartbeatToleranceMs: milliseconds(agent.heartbeat_tolerance),
    log: resolveLogSettings(parsed.options, env, agent),
    inspector: {
      webAddr: agent.web_addr === false ? null : (agent.web_addr ?? defaultWebAddr),
      allowHosts: agent.web_allow_hosts ?? [],
      dbBytes: agent.inspect_db_size ?? 0,
    },
    warnings,
  };
}

/** @throws {AditError} 9307: no server address. 9201: not one. */
export function resolveServer({ options }: ParsedCommand, env: CommandIo['env'], config: LoadedConfig): ServerSettings {
  const { agent, file } = config;
  const serverAddr = single(options, 'connect-url') ?? fromEnvironment(env, 'ADIT_CONNECT_URL') ?? agent.connect_url;
  if (serverAddr === undefined) {
    throw new AditError(9307, `Cannot start: no server address is given, and there is none in "${file}"`);
  }
  const address = parseServerAddress(serverAddr);
  const cas = single(options, 'connect-cas') ?? fromEnvironment(env, 'ADIT_CONNECT_CAS') ?? agent.connect_cas;
  return {
    serverAddr,
    caFile: cas === 'host' ? undefined : cas,
    proxyUrl: fromEnvironment(env, 'ADIT_PROXY_URL') ?? agent.proxy_url ?? chooseProxy(env, address),
    connectTimeoutMs: milliseconds(agent.connect_timeout),
  };
}

function milliseconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
