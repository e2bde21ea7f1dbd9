import type { ChildProcess } from 'node:child_process';
import { firstLine, startScript, stop } from '../processes/child.ts';

/**
 * Bytes on the way in each direction of a long link, per connection: about what Linux lets one TCP connection have on the
 * way by default (tcp_rmem of 6 MiB, half of which is window for each half of the round trip). At 100 ms that is some
 * 60 MB/s, for plain TCP as for everything else.
 */
const bytesOnTheWay = 3 * 1024 * 1024;

/** The delay proxies of a run, one process each. */
export class Links {
  readonly #proxies: ChildProcess[] = [];
  readonly #ports = new Map<string, Promise<number>>();

  /** The port of a proxy before `port`; the same proxy when asked again, `port` itself without a delay. */
  delayed(port: number, roundTripMs: number): Promise<number> {
    if (roundTripMs === 0) return Promise.resolve(port);
    const key = `${port} ${roundTripMs}`;
    const known = this.#ports.get(key) ?? this.#start(port, roundTripMs);
    this.#ports.set(key, known);
    return known;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#proxies.map(stop));
  }

  #start(port: number, roundTripMs: number): Promise<number> {
    const script = new URL('../delay-proxy/main.ts', import.meta.url);
    const proxy = startScript(script, [port, roundTripMs / 2, bytesOnTheWay].map(String));
    this.#proxies.push(proxy);
    return firstLine(proxy, Number);
  }
}
