import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Ready } from '../comeback/restartable-server.ts';
import { accountCount, keyOf } from './seed-sql.ts';

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** Calls the API of a server as clients do: HTTPS through its edge, on connections that stay. */
export class ApiClient {
  readonly #url: URL;
  readonly #agent: Agent;
  #calls = 0;

  /** @param connections As many calls are made at once at most. */
  constructor(ready: Ready, connections: number) {
    this.#url = new URL(ready.api);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca: readFileSync(ready.caFile) });
  }

  /** @param account Default: each in turn. */
  call({ method, path, body }: ApiCall, account = this.#calls++ % accountCount): Promise<ApiAnswer> {
    const headers = { authorization: `Bearer ${keyOf(account)}`, ...(body && { 'content-type': 'application/json' }) };
    const { hostname: servername, port, host } = this.#url;
    const options = { ...{ host: '127.0.0.1', servername, port, method, path, agent: this.#agent } };
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, headers: { ...headers, host } }, (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (part: string) => (text += part))
          .on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject).end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
