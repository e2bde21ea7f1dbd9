import { randomInt } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type { PortRange } from './port-range.ts';

/**
 * A port of the range that is free: any of them, so that the next one cannot be guessed from the last.
 *
 * @param range Null: there are no ports.
 * @throws {AditError} 332: there are none. 9405: all are taken.
 */
export function freePort(range: PortRange | null, isTaken: (port: number) => boolean): number {
  if (range === null) throw new AditError(332, 'Cannot open a tcp endpoint: this server has no ports for them');
  const { first, last } = range;
  const count = last - first + 1;
  const start = randomInt(count);
  for (let i = 0; i < count; i++) {
    const port = first + ((start + i) % count);
    if (!isTaken(port)) return port;
  }
  throw new AditError(9405, `Cannot open a tcp endpoint: the ports ${first} to ${last} are all taken`);
}
