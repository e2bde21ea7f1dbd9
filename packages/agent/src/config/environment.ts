// The environment variables of the agent, in one place: docs/how-to/run-the-agent.md repeats this table, and a test compares.
import type { CommandIo } from '../command.ts';

export const environmentVariables = {
  ADIT_AUTHTOKEN: 'The authtoken. Secret. Wins over `agent.authtoken`',
  ADIT_API_KEY: 'The key of `adit api`. Secret. Wins over `agent.api_key`; `--api-key-file` wins over it',
  ADIT_API_URL: 'As `--api-url`, which wins over it. Wins over `agent.api_url`',
  ADIT_API_CAS: 'As `--api-cas`, which wins over it. Default: `ADIT_CONNECT_CAS`, else `agent.connect_cas`',
  ADIT_CONFIG: 'Configuration files, separated by commas. Used when there is no `--config`',
  ADIT_CONNECT_URL: '`host[:port]` of the server. Wins over `agent.connect_url`; `--connect-url` wins over it',
  ADIT_CONNECT_CAS: 'As `--connect-cas`, which wins over it. Wins over `agent.connect_cas`',
  ADIT_PROXY_URL: 'Proxy on the way out to the server. Wins over `agent.proxy_url` and the variables of the system',
  ADIT_LOG: 'As `--log`, which wins over it. Wins over `agent.log`',
  ADIT_LOG_FORMAT: 'As `--log-format`, which wins over it. Wins over `agent.log_format`',
  ADIT_LOG_LEVEL: 'As `--log-level`, which wins over it. Wins over `agent.log_level`',
  EDITOR: 'The program that `adit config edit` opens; `VISUAL` wins over it. Default: nano, on Windows notepad',
  NO_COLOR: 'Set to anything: no colours on the screen',
} as const;

export type EnvironmentVariable = keyof typeof environmentVariables;

/** The value of a variable; one that is empty counts as not set. */
export function fromEnvironment(env: CommandIo['env'], name: EnvironmentVariable): string | undefined {
  return env[name] || undefined;
}
