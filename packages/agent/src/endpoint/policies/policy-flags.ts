import type { CommandOption } from '../../command.ts';

/** The heading over the options in `--help`. */
export const policyGroup = 'Policies, applied by the server:';

/** Of every kind of endpoint. */
export const policyFlags: readonly CommandOption[] = [
  {
    name: 'traffic-policy-file',
    value: '<file>',
    description: 'Rules in the Traffic Policy language, YAML or JSON. Default: none',
    completes: 'file',
  },
  {
    name: 'traffic-policy-url',
    value: '<url>',
    description: 'The same from an https URL (http on this machine only), fetched at the start',
  },
  {
    name: 'cidr-allow',
    value: '<range>',
    description: 'Let only these addresses in, e.g. 203.0.113.0/24; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'cidr-deny',
    value: '<range>',
    description: 'Keep these addresses out; may be given several times',
    isRepeatable: true,
  },
];

/** Of http endpoints only. */
export const httpPolicyFlags: readonly CommandOption[] = [
  {
    name: 'basic-auth-file',
    value: '<file>',
    description: 'Ask visitors for a password: user:password in each line of the file. Default: nobody is asked',
    completes: 'file',
  },
  {
    name: 'verify-webhook',
    value: '<provider>',
    description: 'Let in only what the provider, such as github, has signed; with --verify-webhook-secret-file',
  },
  {
    name: 'verify-webhook-secret-file',
    value: '<file>',
    description: 'File with the secret that the provider signs with',
    completes: 'file',
  },
  {
    name: 'ua-filter-allow',
    value: '<pattern>',
    description: 'Let in user agents that match, even if a --ua-filter-deny does; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'ua-filter-deny',
    value: '<pattern>',
    description: 'Keep out user agents that match this regular expression; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'circuit-breaker',
    value: '<share>',
    description: 'Spare your service for a while when more than this share (0 to 1) is answered 5xx. Default: never',
  },
  { name: 'compression', value: null, description: 'Compress answers for visitors who can read that. Default: false' },
  {
    name: 'request-header-add',
    value: '<line>',
    description: 'Add "name: value" to requests for your service; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'request-header-remove',
    value: '<name>',
    description: 'Take this header out of requests; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'response-header-add',
    value: '<line>',
    description: 'Add "name: value" to answers for visitors; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'response-header-remove',
    value: '<name>',
    description: 'Take this header out of answers; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'websocket-tcp-converter',
    value: null,
    description: 'Visitors speak WebSocket, your service gets the bytes. Default: false',
  },
];
