import type { CommandOption } from '../command.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';
import { hiddenOptions } from './hidden-options.ts';
import { httpPolicyFlags, policyFlags, policyGroup } from './policies/policy-flags.ts';
import { sessionOptions } from './shared-options.ts';

const urlDescriptions = {
  http: 'Public URL: "app", "app.example.com", "*.example.com", or with https:// or http://. Default: a random https URL',
  tcp: 'Public address: "tcp://example.com:PORT", a port of the server. Default: any free one',
  tls: 'Public URL: "app", "app.example.com", or with tls://. Default: a random one',
} as const;

const verifyOptions: readonly CommandOption[] = [
  {
    name: 'upstream-tls-verify',
    value: null,
    description: 'Require that the certificate of your service is trusted. Default: unless it is on this machine',
  },
  {
    name: 'upstream-tls-verify-cas',
    value: '<file>',
    description: "PEM file of the CA that your service's certificate must come from; implies --upstream-tls-verify",
    completes: 'file',
  },
];

const ownOptions: Readonly<Record<EndpointCommandName, readonly CommandOption[]>> = {
  http: [
    {
      name: 'upstream-protocol',
      value: '<protocol>',
      description: 'What your service speaks; gRPC needs http2 (h2c for http://, h2 for https://). Default: http1',
      choices: ['http1', 'http2'],
    },
    {
      name: 'host-header',
      value: '<value>',
      description:
        'Host header that your service sees: preserve, rewrite (to its own name), or a name. Default: preserve',
    },
    {
      name: 'mutual-tls-cas',
      value: '<file>',
      description: 'PEM file of CAs: only visitors with a certificate of one of them get in; TLS refuses all others',
      completes: 'file',
    },
    ...verifyOptions,
  ],
  tcp: [],
  tls: [
    {
      name: 'crt',
      value: '<file>',
      description: 'PEM certificate chain: end TLS here, in the agent. Default: TLS passes through to your service',
      completes: 'file',
    },
    { name: 'key', value: '<file>', description: 'PEM private key of --crt', completes: 'file' },
    {
      name: 'mutual-tls-cas',
      value: '<file>',
      description:
        'PEM file of CAs: visitors must show a certificate of one of them. Without --crt the server ends TLS and asks for it',
      completes: 'file',
    },
    ...verifyOptions,
  ],
};

/** All options of `adit http`, `adit tcp` or `adit tls`. */
export function endpointOptions(command: EndpointCommandName): readonly CommandOption[] {
  return [
    { name: 'url', value: '<url>', description: urlDescriptions[command] },
    ...ownOptions[command],
    {
      name: 'upstream-proxy-protocol',
      value: '<version>',
      description: 'Begin each connection to your service with a PROXY header, which names the visitor. Default: none',
      choices: ['1', '2'],
    },
    {
      name: 'binding',
      value: '<binding>',
      description: 'public, or internal: reachable within your account only. Default: public; internal for *.internal',
    },
    {
      name: 'pooling-enabled',
      value: null,
      description: 'Share the URL with other endpoints that allow it, too; each visitor gets one of them',
    },
    { name: 'name', value: '<name>', description: 'Name of the endpoint' },
    { name: 'description', value: '<text>', description: 'Your own words about the endpoint' },
    { name: 'metadata', value: '<text>', description: 'Your own text about the endpoint, at most 4,096 bytes' },
    {
      name: 'inspect',
      value: null,
      description: 'Capture requests for the inspector; --inspect=false does not. Default: true',
    },
    ...sessionOptions,
    ...[...policyFlags, ...(command === 'http' ? httpPolicyFlags : [])].map(inGroup),
    ...hiddenOptions(command),
  ];
}

function inGroup(option: CommandOption): CommandOption {
  return { ...option, group: policyGroup };
}
