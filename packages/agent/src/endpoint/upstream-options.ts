// Options of an endpoint that are the same whether visitors find it by an address or by labels.
import type { CommandOption } from '../command.ts';

/** Whether to trust the service. */
export const verifyOptions: readonly CommandOption[] = [
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

export const protocolOption: CommandOption = {
  name: 'upstream-protocol',
  value: '<protocol>',
  description: 'What your service speaks; gRPC needs http2 (h2c for http://, h2 for https://). Default: http1',
  choices: ['http1', 'http2'],
};

/** TLS that ends in the agent. */
export const terminationOptions: readonly CommandOption[] = [
  {
    name: 'crt',
    value: '<file>',
    description: 'PEM certificate chain: end TLS here, in the agent. Default: TLS passes through to your service',
    completes: 'file',
  },
  { name: 'key', value: '<file>', description: 'PEM private key of --crt', completes: 'file' },
];

/** What is kept about the endpoint. */
export const noteOptions: readonly CommandOption[] = [
  { name: 'metadata', value: '<text>', description: 'Your own text about the endpoint, at most 4,096 bytes' },
  {
    name: 'inspect',
    value: null,
    description: 'Capture requests for the inspector; --inspect=false does not. Default: true',
  },
];
