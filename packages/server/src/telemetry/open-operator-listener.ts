import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AditError } from '@adit/contracts';
import type { Readiness } from '../domain/readiness.ts';

export interface OperatorListener {
  /** As it listens, with the port that port 0 became. */
  readonly host: string;
  readonly port: number;
  /** Stops accepting and ends the open connections. */
  close(): Promise<void>;
}

export interface OperatorListenerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Asked on each `/readyz`; a throw is "not ready". */
  isReady(): Promise<Readiness>;
  readonly metrics: { render(): Promise<{ contentType: string; body: string }> };
  /** `POST /hand-over`: a server that can prove that it has this one's data directory takes its place. */
  readonly handOver: { isAllowed(secret: string): boolean; begin(): void };
  /** `GET /online/<account id>`: how many endpoints of the account are online, for commands of the operator. */
  readonly online: { isAllowed(proof: string): boolean; count(account: string): number };
  /** Whether it can be shared with that server. */
  readonly isShareable: boolean;
}

/**
 * Plain HTTP for the operator's own machines: `/healthz` (the process answers), `/readyz` (it can do its work),
 * `/metrics` (Prometheus text). There is no login: give it an address that strangers cannot reach.
 *
 * @throws {AditError} 9220: the port is in use. 9221: the port needs more rights. 9201: the address is not this machine's.
 */
export async function openOperatorListener(options: OperatorListenerOptions): Promise<OperatorListener> {
  const server = http.createServer({ headersTimeout: 5000, requestTimeout: 10_000 }, (request, response) => {
    answer(options, request).then(
      ({ status, contentType, body }) => {
        response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
      // Whatever fails here fails for the operator only, who sees that it did.
      () => response.writeHead(500).end(),
    );
  });
  await listen(server, options);
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  contentType: string;
  body: string;
}

async function answer(options: OperatorListenerOptions, request: http.IncomingMessage): Promise<Answer> {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const path = isRead ? request.url?.split('?')[0] : undefined;
  if (request.method === 'POST' && request.url === '/hand-over') return answerHandOver(options, request);
  if (path?.startsWith('/online/')) return answerOnline(options, request, path.slice('/online/'.length));
  switch (path) {
    case '/healthz':
      return text(200, 'ok');
    case '/readyz': {
      const readiness = await options
        .isReady()
        .catch((): Readiness => ({ isReady: false, reason: 'the check failed' }));
      return readiness.isReady ? text(200, 'ready') : text(503, `not ready: ${readiness.reason}`);
    }
    case '/metrics':
      return { status: 200, ...(await options.metrics.render()) };
    default:
      return text(404, 'not found');
  }
}

/** To whoever cannot prove it there is no such path. */
function answerHandOver({ handOver }: OperatorListenerOptions, { headers }: http.IncomingMessage): Answer {
  if (!handOver.isAllowed(bearerOf(headers))) return text(404, 'not found');
  // This answer goes out first.
  setImmediate(() => handOver.begin());
  return text(202, 'handing over');
}

/** The same; accounts are nobody's business but their own and the operator's. */
function answerOnline({ online }: OperatorListenerOptions, { headers }: http.IncomingMessage, account: string): Answer {
  return online.isAllowed(bearerOf(headers)) ? text(200, String(online.count(account))) : text(404, 'not found');
}

function bearerOf({ authorization = '' }: http.IncomingHttpHeaders): string {
  return /^Bearer (\S+)$/.exec(authorization)?.[1] ?? '';
}

function text(status: number, line: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n` };
}

function listen(server: http.Server, { host, port, isShareable }: OperatorListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, `${host}:${port}`)));
    server.listen({ host, port, reusePort: isShareable }, resolve);
  });
}

function listenError(error: NodeJS.ErrnoException, address: string): unknown {
  const attempt = `Cannot listen for the operator on "${address}"`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new AditError(9220, `${attempt}: the port is in use`, { cause: error });
    case 'EACCES':
      return new AditError(9221, `${attempt}: the port needs more rights`, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new AditError(9201, `${attempt}: this machine has no such address`, { cause: error });
    default:
      return error;
  }
}
