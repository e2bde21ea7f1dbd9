import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const host = '127.0.0.1';
/** Below those that systems give to whoever asks for any port, and beside the ones of tcp endpoints. */
const first = 10_000;
const end = 20_000;

/**
 * Ports of loopback for programs that cannot choose one themselves. Nobody gets them by chance: neither a listener on port 0
 * nor an outgoing connection of a test that runs beside.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: { port: number; server: Server }[] = [];
  while (held.length < count) {
    const port = randomInt(first, end);
    const server = await hold(port);
    if (server) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => once(server.close(), 'close')));
  return held.map(({ port }) => port);
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Undefined: somebody has it. */
async function hold(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
