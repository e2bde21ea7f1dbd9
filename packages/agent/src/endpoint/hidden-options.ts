// Options of ngrok's commands that `--help` does not show: old spellings, which warn, and those we refuse with a reason.
import type { CommandOption } from '../command.ts';
import { notYetPolicy } from '../config/refused-keys.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';

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
const policy = (value: string | null, commands: readonly EndpointCommandName[] = http): RefusedOption => {
  return { value, commands, reason: notYetPolicy };
};

/** Known and refused. Without what they ask for, the endpoint would be open or different: so never ignored. */
export const refusedOptions: Readonly<Record<string, RefusedOption>> = {
  authtoken: {
    value: '<token>',
    commands: all,
    reason:
      'others on this machine can read the words of a command; set ADIT_AUTHTOKEN, or run "adit config add-authtoken -"',
  },
  'traffic-policy-file': policy('<file>', all),
  'traffic-policy-url': policy('<url>', all),
  'policy-file': policy('<file>', all),
  'basic-auth': policy('<user:password>'),
  'circuit-breaker': policy('<ratio>'),
  compression: policy(null),
  'mutual-tls-cas': policy('<file>'),
  oauth: policy('<provider>'),
  'oauth-allow-domain': policy('<domain>'),
  'oauth-allow-email': policy('<email>'),
  'oauth-client-id': policy('<id>'),
  'oauth-client-secret': policy('<secret>'),
  'oauth-scope': policy('<scope>'),
  oidc: policy('<issuer>'),
  'oidc-client-id': policy('<id>'),
  'oidc-client-secret': policy('<secret>'),
  'oidc-scope': policy('<scope>'),
  'request-header-add': policy('<line>'),
  'request-header-remove': policy('<name>'),
  'response-header-add': policy('<line>'),
  'response-header-remove': policy('<name>'),
  'ua-filter-allow': policy('<pattern>'),
  'ua-filter-deny': policy('<pattern>'),
  'verify-webhook': policy('<provider>'),
  'verify-webhook-secret': policy('<secret>'),
  'websocket-tcp-converter': policy(null),
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
  'app-protocol': { commands: http, value: '<protocol>', instead: '--upstream-protocol' },
  'terminate-at': { commands: ['tls'], value: '<place>', instead: '--crt and --key, or neither' },
  region: { commands: all, value: '<region>', instead: '--connect-url; it means nothing here' },
} as const satisfies Record<string, HiddenOption & { instead: string }>;

/** What a command understands without showing it. */
export function hiddenOptions(command: EndpointCommandName): CommandOption[] {
  return Object.entries<HiddenOption>({ ...refusedOptions, ...oldOptions })
    .filter(([name, { commands }]) => commands.includes(command) && name !== 'authtoken')
    .map(([name, { value }]) => ({ name, value, description: '', isHidden: true, isRepeatable: true }));
}
