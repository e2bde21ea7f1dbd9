import type { Command } from '../command.ts';
import { runSafely } from '../run-safely.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';
import { endpointOptions } from './endpoint-options.ts';

const notes = `The authtoken comes from ADIT_AUTHTOKEN, else from the configuration file:

  version: 3
  agent:
    authtoken: adit_at_...
    connect_url: connect.example.com:443
    connect_cas: ca.pem

connect_cas is for a development CA only. Exit code: 0 after Ctrl-C, else that of the error.`;

const upstreams: Readonly<Record<EndpointCommandName, string>> = {
  http: 'Your service: a port, host:port, http(s)://host[:port], or file:///folder to serve files',
  tcp: 'Your service: a port, host:port, tcp://host:port, or tls://host:port',
  tls: 'Your service: a port, host:port, tcp://host:port, or tls://host:port',
  tunnel: 'Your service: a port, host:port, http(s)://, tcp:// or tls://host:port, or file:///folder to serve files',
};

const summaries: Readonly<Record<EndpointCommandName, string>> = {
  http: 'Give a local HTTP service a public URL',
  tcp: 'Give a local TCP service a public port',
  tls: 'Give a local TLS service a public name',
  tunnel: 'Give a local service to the edges that ask for its labels',
};

/** `adit http`, `adit tcp`, `adit tls` and `adit tunnel`: one endpoint for as long as the command runs. */
export function endpointCommand(name: EndpointCommandName): Command {
  return {
    name,
    summary: summaries[name],
    arguments: [{ name: 'upstream', description: upstreams[name], isRequired: true }],
    options: endpointOptions(name),
    notes,
    run: (parsed, io) =>
      runSafely(io, async () => (await import('./run-endpoint.ts')).runEndpoint(name, { parsed, io })),
  };
}

export const httpCommand: Command = endpointCommand('http');
