import { connect, type Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';

/** Where a DNS server is. */
export interface DnsServerAddress {
  readonly host: string;
  readonly port: number;
}

interface ExchangeDeps {
  readonly server: DnsServerAddress;
  readonly clock: Clock;
  readonly answerMs: number;
}

/**
 * Sends one message over TCP (RFC 7766 §8: two bytes of length, then the message) and answers the one that comes back.
 * TCP, because a signed answer may not fit into a datagram, and because nobody can forge one from elsewhere.
 *
 * @throws {AditError} 9271: no connection, no whole answer, or none in time.
 */
export function exchangeMessage(message: Buffer, { server, clock, answerMs }: ExchangeDeps): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const socket = connect(server);
  const fail = (reason: string, cause?: unknown): void =>
    reject(new AditError(9271, `Cannot ask the DNS server "${shown(server)}": ${reason}`, { cause }));
  const cancel = clock.after(answerMs, () => fail(`it did not answer within ${answerMs / 1000} s`));
  let length: number | undefined;
  // The two bytes of length bound what is kept: 64 KiB.
  socket.on('readable', () => {
    length ??= readWhole(socket, 2)?.readUInt16BE(0);
    if (length === 0) return fail('it answered with an empty message');
    const answer = length === undefined ? undefined : readWhole(socket, length);
    if (answer) resolve(answer);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'no connection', error));
  socket.on('close', () => fail('it closed the connection without a whole answer'));
  socket.write(Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]));
  return promise.finally(() => {
    cancel();
    socket.destroy();
  });
}

/** Undefined: more must come. At the end of a connection, what is left is read even when it is less. */
function readWhole(socket: Socket, bytes: number): Buffer | undefined {
  const read = socket.read(bytes) as Buffer | null;
  return read?.length === bytes ? read : undefined;
}

/** `ip:port`. */
export function shown({ host, port }: DnsServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
