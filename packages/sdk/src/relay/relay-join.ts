import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionTap } from './tap.ts';

export interface Join {
  readonly visitor: Duplex;
  readonly service: Duplex;
  readonly tap: ConnectionTap | undefined;
}

/** Lets bytes flow both ways, past the tap if there is one: without, nothing but the two pipes. */
export function join({ visitor, service, tap }: Join): void {
  // A socket answers in another turn, so the bytes may be on their way before somebody looks at them. What is in this
  // program may answer while it is written to, and the answer must not be seen before its question.
  const isSent = service instanceof Socket;
  if (tap && !isSent) listen(tap, { visitor, service });
  visitor.pipe(service);
  service.pipe(visitor);
  if (tap && isSent) listen(tap, { visitor, service });
}

function listen(tap: ConnectionTap, { visitor, service }: Omit<Join, 'tap'>): void {
  visitor.on('data', (bytes: Buffer) => tap.fromVisitor(bytes));
  service.on('data', (bytes: Buffer) => tap.fromUpstream(bytes));
}
