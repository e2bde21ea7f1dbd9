import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay to a port of this machine that can forget its connections: nothing passes any more, and nobody is told. */
export class ForgetfulNetwork {
  readonly port: number;
  readonly #server: Server;
  readonly #ways: Way[];

  private constructor(server: Server, ways: Way[]) {
    this.#server = server;
    this.#ways = ways;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(port: number): Promise<ForgetfulNetwork> {
    const ways: Way[] = [];
    const server = createServer((near) => ways.push(new Way(near, connect(port, '127.0.0.1'))));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new ForgetfulNetwork(server, ways);
  }

  /** The connections there are; new ones pass. */
  forget(): void {
    for (const way of this.#ways) way.isForgotten = true;
  }

  close(): void {
    this.#server.close();
    for (const way of this.#ways) way.destroy();
  }
}

class Way {
  isForgotten = false;
  readonly #ends: readonly [Socket, Socket];

  constructor(near: Socket, far: Socket) {
    this.#ends = [near, far];
    this.#carry(near, far);
    this.#carry(far, near);
  }

  destroy(): void {
    for (const end of this.#ends) end.destroy();
  }

  /** Reads on when forgotten, so that the sender's kernel suspects nothing. */
  #carry(from: Socket, to: Socket): void {
    from.on('data', (bytes) => this.isForgotten || to.write(bytes));
    from.on('error', () => {});
    from.on('close', () => this.isForgotten || to.destroy());
  }
}
