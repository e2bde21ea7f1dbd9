import type { Command } from '../command.ts';
import { httpOptions } from './http-options.ts';
import { runHttp } from './run-http.ts';

/** `adit http`. */
export const httpCommand: Command = {
  name: 'http',
  summary: 'Give a local HTTP service a public URL',
  arguments: [
    {
      name: 'upstream',
      description: 'the service: a port, host:port, or http(s)://host[:port]',
      isRequired: true,
    },
  ],
  options: httpOptions,
  run: (parsed, io) => runHttp(parsed, io),
};
