// Options of ngrok's commands that `--help` does not show: old spellings, which warn, and those we refuse with a reason.
import type { CommandOption } from '../command.ts';
import { notYetLogin, onlyOnEdges } from '../config/refused-keys.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';
import { httpPolicyFlags, policyFlags } from './policies/policy-flags.ts';

interface HiddenOption {
  readonly commands: readonly EndpointCommandName[];
  /** As `CommandOption.value`. */
  readonly value: string | null;
}

interface RefusedOption extends HiddenOption {
  readonly name: string;
  readonly reason: string;
}

const addressed = ['http', 'tcp', 'tls'] as const;
const all = [...addressed, 'tunnel'] as const;
const http = ['http'] as const;
const login = (name: string, value: string): RefusedOption => ({ name, value, commands: http, reason: notYetLogin });

const othersCanRead = 'others on this machine can read the words of a command';

/** What reads or changes requests, given where there are none that the server could read. */
const refusedBesideHttp = httpPolicyFlags.map(({ name, value }): RefusedOption => {
  const reason = 'it is for "adit http": other endpoints pass bytes as they are';
  return { name, value, commands: ['tcp', 'tls'], reason };
});

const addressFlags = [
  { name: 'url', value: '<url>' },
  { name: 'binding', value: '<binding>' },
  { name: 'pooling-enabled', value: null },
  { name: 'mutual-tls-cas', value: '<file>' },
  { name: 'host-header', value: '<value>' },
  { name: 'upstream-proxy-protocol', value: '<version>' },
];

/** What an edge has, given to a tunnel that serves it. */
const refusedWithLabels = [...addressFlags, ...policyFlags, ...httpPolicyFlags].map(
  ({ name, value }): RefusedOption => ({ name, value, commands: ['tunnel'], reason: onlyOnEdges }),
);

/** Known and refused. Without what they ask for, the endpoint would be open or different: so never ignored. */
export const refusedOptions: readonly RefusedOption[] = [
  {
    name: 'authtoken',
    value: '<token>',
    commands: all,
    reason: `${othersCanRead}; set ADIT_AUTHTOKEN, or run "adit config add-authtoken -"`,
  },
  {
    name: 'basic-auth',
    value: '<user:password>',
    commands: http,
    reason: `${othersCanRead}; put it into a file, for --basic-auth-file`,
  },
  login('oauth', '<provider>'),
  login('oauth-allow-domain', '<domain>'),
  login('oauth-allow-email', '<email>'),
  login('oauth-client-id', '<id>'),
  login('oauth-client-secret', '<secret>'),
  login('oauth-scope', '<scope>'),
  login('oidc', '<issuer>'),
  login('oidc-client-id', '<id>'),
  login('oidc-client-secret', '<secret>'),
  login('oidc-scope', '<scope>'),
  {
    name: 'verify-webhook-secret',
    value: '<secret>',
    commands: http,
    reason: `${othersCanRead}; put it into a file, for --verify-webhook-secret-file`,
  },
  ...refusedBesideHttp,
  ...refusedWithLabels,
];

const named = ['http', 'tls'] as const;

/** Old spellings: each works, and warns with what to write instead. */
export const oldOptions = {
  domain: { commands: named, value: '<name>', instead: '--url' },
  hostname: { commands: named, value: '<name>', instead: '--url' },
  subdomain: { commands: named, value: '<label>', instead: '--url' },
  scheme: { commands: http, value: '<scheme>', instead: '--url http:// or --url https://' },
  'remote-addr': { commands: ['tcp'], value: '<host:port>', instead: '--url tcp://…' },
  'proxy-proto': { commands: addressed, value: '<version>', instead: '--upstream-proxy-protocol' },
  'policy-file': { commands: addressed, value: '<file>', instead: '--traffic-policy-file' },
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
  const old = Object.entries<HiddenOption>(oldOptions).map(([name, option]) => ({ name, ...option }));
  return [...refusedOptions, ...old]
    .filter(({ name, commands }) => commands.includes(command) && name !== 'authtoken')
    .map(({ name, value }) => ({ name, value, description: '', isHidden: true, isRepeatable: true }));
}
