import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface BlackHole {
  /** `localhost:port`. */
  readonly address: string;
  /** From now on nothing passes, and neither side is told: no FIN, no RST. New connections are accepted, and dead as well. */
  swallow(): void;
  /** New connections pass again. Those that were swallowed stay dead. */
  release(): void;
}

/** A TCP relay to a port of this machine that can fall silent, as a network does. */
export async function startBlackHole(port: number): Promise<BlackHole> {
  const ways = new Set<Way>();
  let isSwallowing = false;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const way = new Way(socket, connect({ host: '127.0.0.1', port, allowHalfOpen: true }));
    ways.add(way);
    if (isSwallowing) way.isDead = true;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    for (const way of ways) way.destroy();
  });
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    swallow() {
      isSwallowing = true;
      for (const way of ways) way.isDead = true;
    },
    release() {
      isSwallowing = false;
    },
  };
}

/** Two connections; while it lives, what comes on one goes on the other. */
class Way {
  isDead = false;
  readonly #sockets: readonly [Socket, Socket];

  constructor(one: Socket, other: Socket) {
    this.#sockets = [one, other];
    this.#carry(one, other);
    this.#carry(other, one);
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A dead way reads on, so that the sender's kernel has no reason to suspect anything. */
  #carry(from: Socket, to: Socket): void {
    from.on('data', (bytes) => this.isDead || to.write(bytes));
    from.on('end', () => this.isDead || to.end());
    from.on('error', () => {});
    from.on('close', () => this.isDead || to.destroy());
  }
}
