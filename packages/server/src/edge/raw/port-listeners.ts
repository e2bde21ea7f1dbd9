import type { Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import type { ConnectFacts } from '@adit/policy-kit';
import type { TcpPorts } from '../../domain/tcp-ports.ts';

/** A listener as far as it is used here. */
interface Closable {
  close(): Promise<void>;
}

/** Listens on a port of the public address; see `TcpPorts`. */
export type Listen = (
  port: number,
  onConnection: (socket: Socket, facts: ConnectFacts) => void,
  options: { comesBack: boolean },
) => Promise<Closable>;

/** A connection to a port that is open. */
export type OnPortConnection = (socket: Socket, facts: ConnectFacts, port: number) => void;

interface OpenPort {
  users: number;
  readonly listening: Promise<Closable>;
}

/** The ports that are open, each with how many use it. */
export class PortListeners implements TcpPorts {
  readonly #onConnection: OnPortConnection;
  #listenOn: Listen | null = null;
  #isClosed = false;
  readonly #ports = new Map<number, OpenPort>();
  /** A port that is closing: whoever wants it again waits. */
  readonly #closing = new Map<number, Promise<void>>();

  constructor(onConnection: OnPortConnection) {
    this.#onConnection = onConnection;
  }

  /** From now on ports can be opened. */
  serve(listen: Listen): void {
    this.#listenOn = listen;
  }

  async open(port: number, options: { comesBack: boolean }): Promise<() => void> {
    await this.#closing.get(port);
    if (this.#isClosed) throw new AditError(9305);
    const open = this.#ports.get(port) ?? this.#listen(port, options);
    open.users++;
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.#leave(port, open);
      isOpen = false;
    };
    try {
      await open.listening;
      return close;
    } catch (error) {
      close();
      throw error;
    }
  }

  /** Closes all of them, and opens no more; what was handed over belongs to its owner. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    for (const [port, open] of this.#ports) this.#close(port, open);
    await Promise.all(this.#closing.values());
  }

  #listen(port: number, options: { comesBack: boolean }): OpenPort {
    if (this.#listenOn === null) throw new RangeError('No port can be opened: the listeners are not open yet');
    const listening = this.#listenOn(port, (socket, facts) => this.#onConnection(socket, facts, port), options);
    const open = { users: 0, listening };
    this.#ports.set(port, open);
    return open;
  }

  #leave(port: number, open: OpenPort): void {
    open.users--;
    if (open.users === 0 && this.#ports.get(port) === open) this.#close(port, open);
  }

  #close(port: number, { listening }: OpenPort): void {
    this.#ports.delete(port);
    const closing = listening
      .then((listener) => listener.close())
      .catch(() => undefined)
      .finally(() => this.#closing.delete(port));
    this.#closing.set(port, closing);
  }
}
