import { arch, platform } from 'node:process';
import type { AuthRequest } from '@adit/wire';
import type { SessionState } from './state-file.ts';

/** Equal to the version in package.json (a test compares them). */
export const sdkVersion = '0.1.0';

/** The program on top of the SDK, as the server shows it. */
export interface ClientInfo {
  readonly name: string;
  readonly version: string;
}

export interface AuthFacts {
  /** Secret. */
  readonly authtoken: string;
  readonly metadata: string;
  readonly client: ClientInfo;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatToleranceMs: number;
  readonly hasOwnCa: boolean;
  /** Empty: none. */
  readonly proxyType: string;
  readonly canRestart: boolean;
}

const nanosecondsPerMillisecond = 1e6;
const notSupported = 'This agent cannot do that by itself; its user has to';

/**
 * The Auth message (agent protocol, §10.1). With the `state` of an earlier session leg 0 asks to take that over, whole; a
 * greater number asks to join it, in the place of an older connection with that number (§14.4).
 */
export function authRequest(
  facts: AuthFacts,
  { state, legNumber }: { state: SessionState | undefined; legNumber: number },
): AuthRequest {
  return {
    Version: ['3', '2'],
    ClientId: state?.clientId ?? '',
    Extra: {
      OS: platform,
      Arch: arch,
      AuthToken: facts.authtoken,
      Version: facts.client.version,
      Hostname: '',
      UserAgent: `${facts.client.name}/${facts.client.version} adit-sdk/${sdkVersion}`,
      Metadata: facts.metadata,
      Cookie: state?.cookie ?? '',
      HeartbeatInterval: facts.heartbeatIntervalMs * nanosecondsPerMillisecond,
      HeartbeatTolerance: facts.heartbeatToleranceMs * nanosecondsPerMillisecond,
      UpdateUnsupportedError: notSupported,
      StopUnsupportedError: '',
      RestartUnsupportedError: facts.canRestart ? '' : notSupported,
      ProxyType: facts.proxyType,
      ConfigVersion: '',
      MutualTLS: false,
      ServiceRun: false,
      CustomInterface: false,
      CustomCAs: facts.hasOwnCa,
      ClientType: facts.client.name,
      LegNumber: legNumber,
    },
  };
}

/** Why Restart and Update are refused, as declared above. */
export const commandRefusal = `${notSupported}\n\nERR_ADIT_9402`;
