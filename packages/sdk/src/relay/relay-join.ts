import type { Duplex } from 'node:stream';
import type { ConnectionTap } from './tap.ts';

export interface Join {
  readonly visitor: Duplex;
  readonly service: Duplex;
  readonly tap: ConnectionTap | undefined;
}

/** Lets bytes flow both ways, past the tap if there is one: without, nothing but the two pipes. */
export function join({ visitor, service, tap }: Join): void {
  if (tap) {
    visitor.on('data', (bytes: Buffer) => tap.fromVisitor(bytes));
    service.on('data', (bytes: Buffer) => tap.fromUpstream(bytes));
  }
  visitor.pipe(service);
  service.pipe(visitor);
}
