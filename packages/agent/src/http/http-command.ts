import type { Command } from '../command.ts';
import { httpOptions } from './http-options.ts';
import { runHttp } from './run-http.ts';

const notes = `The authtoken comes from ADIT_AUTHTOKEN, else from the configuration file:

  version: 3
  agent:
    authtoken: adit_at_...
    connect_url: connect.example.com:443
    connect_cas: ca.pem

connect_cas is for a development CA only. Exit code: 0 after Ctrl-C, else that of the error.`;

/** `adit http`. */
export const httpCommand: Command = {
  name: 'http',
  summary: 'Give a local HTTP service a public URL',
  arguments: [
    {
      name: 'upstream',
      description: 'Your service: a port, host:port, or http(s)://host[:port]',
      isRequired: true,
    },
  ],
  options: httpOptions,
  notes,
  run: (parsed, io) => runHttp(parsed, io),
};
