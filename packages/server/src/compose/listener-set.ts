import { RememberedPorts } from '../data-dir/remembered-ports.ts';
import type { ListenAddress, Listener } from '../edge/listener/listener.ts';
import type { Foundation } from './open-foundation.ts';
import { openOwnPort, openPublicPort } from './open-port.ts';
import { hostName } from './public-url.ts';

export type Service = 'connect' | 'api' | 'operator';
type AnyListener = Pick<Listener, 'port' | 'close'>;
type Open<T> = (address: ListenAddress) => Promise<T>;

export interface ListenerSetOptions extends Pick<Foundation, 'options' | 'settings'> {
  /** Take the next free public port when one is taken, and tell. */
  readonly onPortTaken?: ((taken: number, chosen: number) => void) | undefined;
  /** True while the server whose place this one takes still listens. */
  isShared(): boolean;
}

/** The listeners of this server. Opened here one by one, closed together. */
export class ListenerSet {
  readonly #options: ListenerSetOptions;
  readonly #opened: AnyListener[] = [];
  readonly #remembered: Promise<RememberedPorts>;

  /** @param stack Closes them. */
  constructor(stack: AsyncDisposableStack, options: ListenerSetOptions) {
    this.#options = options;
    this.#remembered = RememberedPorts.load(options.settings.dataDir);
    stack.defer(() => this.stopAccepting());
  }

  isShared(): boolean {
    return this.#options.isShared();
  }

  /** A public port. */
  async openPublic(port: number, open: Open<Listener>): Promise<{ host: string; port: number }> {
    const { settings, onPortTaken } = this.#options;
    const host = settings.listen;
    const isShared = this.isShared();
    const listener = await openPublicPort(port, { open: (free) => open({ host, port: free, isShared }), onPortTaken });
    this.#opened.push(listener);
    return { host: hostName(host), port: listener.port };
  }

  /** A service's own listener, and its `host:port` to be told to people. */
  async openOwn<T extends AnyListener>(service: Service, open: Open<T>): Promise<{ listener: T; text: string }> {
    const address = this.#options.options[`${service}-listen`];
    const { host } = address;
    const isShared = this.isShared();
    const remembered = await this.#remembered;
    const listener = await openOwnPort(service, address, {
      remembered,
      open: (port) => open({ host, port, isShared }),
    });
    this.#opened.push(listener);
    if (address.port === null) await remembered.set({ [service]: listener.port });
    return { listener, text: `${hostName(host)}:${listener.port}` };
  }

  /** Calling twice is harmless. Resolves when nothing more will be handed over. */
  async stopAccepting(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((listener) => listener.close()));
  }
}
