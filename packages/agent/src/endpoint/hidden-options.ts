// Options of ngrok's commands that `--help` does not show: old spellings, which warn, and those we refuse with a reason.
import type { CommandOption } from '../command.ts';
import { notYetLogin } from '../config/refused-keys.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';
import { httpPolicyFlags } from './policies/policy-flags.ts';

interface HiddenOption {
  readonly commands: readonly EndpointCommandName[];
  /** As `CommandOption.value`. */
  readonly value: string | null;
}

interface RefusedOption extends HiddenOption {
  readonly reason: string;
}

const all = ['http', 'tcp', 'tls'] as const;
const http = ['http'] as const;
const login = (value: string): RefusedOption => ({ value, commands: http, reason: notYetLogin });

/** What reads or changes requests, given where there are none that the server could read. */
const refusedBesideHttp = Object.fromEntries(
  httpPolicyFlags.map(({ name, value }): [string, RefusedOption] => [
    name,
    { value, commands: ['tcp', 'tls'], reason: 'it is for "adit http": other endpoints pass bytes as they are' },
  ]),
);
/** Known and refused. Without what they ask for, the endpoint would be open or different: so never ignored. */
export const refusedOptions: Readonly<Record<string, RefusedOption>> = {
  authtoken: {
    value: '<token>',
    commands: all,
    reason:
      'others on this machine can read the words of a command; set ADIT_AUTHTOKEN, or run "adit config add-authtoken -"',
  },
  'basic-auth': {
    value: '<user:password>',
    commands: http,
    reason: 'others on this machine can read the words of a command; put it into a file, for --basic-auth-file',
  },
  oauth: login('<provider>'),
  'oauth-allow-domain': login('<domain>'),
  'oauth-allow-email': login('<email>'),
  'oauth-client-id': login('<id>'),
  'oauth-client-secret': login('<secret>'),
  'oauth-scope': login('<scope>'),
  oidc: login('<issuer>'),
  'oidc-client-id': login('<id>'),
  'oidc-client-secret': login('<secret>'),
  'oidc-scope': login('<scope>'),
  'verify-webhook-secret': {
    value: '<secret>',
    commands: http,
    reason:
      'others on this machine can read the words of a command; put it into a file, for --verify-webhook-secret-file',
  },
  ...refusedBesideHttp,
};

const named = ['http', 'tls'] as const;

/** Old spellings: each works, and warns with what to write instead. */
export const oldOptions = {
  domain: { commands: named, value: '<name>', instead: '--url' },
  hostname: { commands: named, value: '<name>', instead: '--url' },
  subdomain: { commands: named, value: '<label>', instead: '--url' },
  scheme: { commands: http, value: '<scheme>', instead: '--url http:// or --url https://' },
  'remote-addr': { commands: ['tcp'], value: '<host:port>', instead: '--url tcp://…' },
  'proxy-proto': { commands: all, value: '<version>', instead: '--upstream-proxy-protocol' },
  'policy-file': { commands: all, value: '<file>', instead: '--traffic-policy-file' },
  'app-protocol': { commands: http, value: '<protocol>', instead: '--upstream-protocol' },
  'terminate-at': {
    commands: ['tls'],
    value: '<place>',
    instead: '--crt and --key, --mutual-tls-cas, or none of them',
  },
  region: { commands: all, value: '<region>', instead: '--connect-url; it means nothing here' },
} as const satisfies Record<string, HiddenOption & { instead: string }>;

/** What a command understands without showing it. */
export function hiddenOptions(command: EndpointCommandName): CommandOption[] {
  return Object.entries<HiddenOption>({ ...refusedOptions, ...oldOptions })
    .filter(([name, { commands }]) => commands.includes(command) && name !== 'authtoken')
    .map(([name, { value }]) => ({ name, value, description: '', isHidden: true, isRepeatable: true }));
}
