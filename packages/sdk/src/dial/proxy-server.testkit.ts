// Proxies of loopback for tests: two that work, and one that answers from a script.
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface TestProxy {
  readonly port: number;
  /** What clients asked for, e.g. `CONNECT connect.localhost:443` or `name connect.localhost:443`. */
  readonly asked: string[];
  /** What clients sent to log in. */
  readonly logins: string[];
  /** Cuts every connection; new ones are taken. */
  cut(): void;
  close(): void;
}

interface Options {
  /** `user:password` that it wants. Default: nobody has to log in. */
  readonly login?: string;
  /** Where a tunnel really goes. Default: to the port asked for, on this machine whatever the name. */
  readonly targetPort?: () => number;
}

/** CONNECT by the runtime's own HTTP server. */
export async function startHttpProxy({ login, targetPort }: Options = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const logins: string[] = [];
  const server = createHttpServer();
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(`${request.method} ${request.url}`);
    const given = request.headers['proxy-authorization'] ?? '';
    logins.push(Buffer.from(given.replace(/^Basic /, ''), 'base64').toString());
    if (login !== undefined && logins.at(-1) !== login) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\nno');
      return;
    }
    const port = targetPort?.() ?? Number(request.url?.split(':').at(-1));
    join(socket, port, () => void socket.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n'));
  });
  return await started(server, { asked, logins });
}

/** SOCKS5, as RFC 1928 and RFC 1929 have it, for names and addresses. */
export async function startSocksProxy({ login, targetPort }: Options = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const logins: string[] = [];
  const serve = async (socket: Socket): Promise<void> => {
    const take = reader(socket);
    const given = await greet(socket, take, login);
    if (given !== undefined) logins.push(given);
    if (given !== login) return;
    const { host, port } = await readRequest(take);
    asked.push(`${host}:${port}`);
    join(socket, targetPort?.() ?? port, () => void socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])));
  };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket).catch(() => socket.destroy());
  });
  return await started(server, { asked, logins });
}

/** Answers what the client logged in with; undefined: it did not. */
async function greet(socket: Socket, take: Take, login: string | undefined): Promise<string | undefined> {
  const [, count = 0] = await take(2);
  const isOffered = (await take(count)).includes(login === undefined ? 0 : 2);
  socket.write(Buffer.from([5, !isOffered ? 0xff : login === undefined ? 0 : 2]));
  if (!isOffered || login === undefined) return undefined;
  await take(1);
  const user = await take((await take(1))[0] ?? 0);
  const given = `${user}:${await take((await take(1))[0] ?? 0)}`;
  socket.write(Buffer.from([1, given === login ? 0 : 1]));
  return given;
}

async function readRequest(take: Take): Promise<{ host: string; port: number }> {
  const type = (await take(4))[3];
  const isName = type === 3;
  const host = await take(isName ? ((await take(1))[0] ?? 0) : type === 1 ? 4 : 16);
  const port = (await take(2)).readUInt16BE();
  return { host: isName ? `name ${host}` : `address ${[...host].join('.')}`, port };
}

/** Sends `steps[n]` after the client's n-th piece of bytes, whatever it says: byte by byte, or ending, if told to. */
export async function startScriptedProxy(
  steps: readonly (string | Buffer)[],
  { ends = false, isSlow = false } = {},
): Promise<TestProxy> {
  const server = createServer((socket) => {
    const left = [...steps];
    socket.setNoDelay(true).on('error', () => {});
    socket.on('data', () => {
      const answer = pieceOf(left.shift());
      if (isSlow) sendSlowly(socket, answer);
      else socket.write(answer);
      if (ends && left.length === 0) socket.end();
    });
  });
  return await started(server, { asked: [], logins: [] });
}

function sendSlowly(socket: Socket, answer: Buffer): void {
  if (answer.length > 0) socket.write(answer.subarray(0, 1), () => sendSlowly(socket, answer.subarray(1)));
}

async function started(server: Server, seen: Pick<TestProxy, 'asked' | 'logins'>): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () => {
    server.close();
    cut();
  };
  return { port: (server.address() as AddressInfo).port, ...seen, cut, close };
}

function join(socket: Socket, port: number, onConnected: () => void): void {
  const onward = connect(port, '127.0.0.1', () => {
    onConnected();
    socket.pipe(onward).pipe(socket);
  });
  onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
}

type Take = (count: number) => Promise<Buffer>;

function reader(socket: Socket): Take {
  return async (count) => {
    for (;;) {
      const bytes = socket.read(count) as Buffer | null;
      if (bytes !== null || count === 0) return bytes ?? Buffer.alloc(0);
      await once(socket, 'readable');
    }
  };
}

function pieceOf(step: string | Buffer = ''): Buffer {
  return typeof step === 'string' ? Buffer.from(step, 'latin1') : step;
}
