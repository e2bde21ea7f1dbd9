import type { CommandOption } from '../command.ts';
import type { AddressCommandName, EndpointCommandName } from './endpoint-command-name.ts';
import { hiddenOptions } from './hidden-options.ts';
import { httpPolicyFlags, policyFlags, policyGroup } from './policies/policy-flags.ts';
import { sessionOptions } from './shared-options.ts';
import { noteOptions, protocolOption, terminationOptions, verifyOptions } from './upstream-options.ts';

const urlDescriptions = {
  http: 'Public URL: "app", "app.example.com", "*.example.com", or with https:// or http://. Default: a random https URL',
  tcp: 'Public address: "tcp://example.com:PORT", a port of the server. Default: any free one',
  tls: 'Public URL: "app", "app.example.com", or with tls://. Default: a random one',
} as const;

const ownOptions: Readonly<Record<AddressCommandName, readonly CommandOption[]>> = {
  http: [
    protocolOption,
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
    ...terminationOptions,
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

const labelOptions: readonly CommandOption[] = [
  {
    name: 'label',
    value: '<key=value>',
    description: 'What edges find it by; may be given several times. At least one is needed',
    isRepeatable: true,
  },
  protocolOption,
  ...terminationOptions,
  ...verifyOptions,
  ...noteOptions,
];

/** All options of `adit http`, `adit tcp`, `adit tls` or `adit tunnel`. */
export function endpointOptions(command: EndpointCommandName): readonly CommandOption[] {
  const own = command === 'tunnel' ? labelOptions : addressOptions(command);
  const policies = command === 'tunnel' ? [] : [...policyFlags, ...(command === 'http' ? httpPolicyFlags : [])];
  return [...own, ...sessionOptions, ...policies.map(inGroup), ...hiddenOptions(command)];
}

function addressOptions(command: AddressCommandName): readonly CommandOption[] {
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
    ...noteOptions,
  ];
}

function inGroup(option: CommandOption): CommandOption {
  return { ...option, group: policyGroup };
}
