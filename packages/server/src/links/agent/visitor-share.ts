import { AditError } from '@adit/contracts';

/** Of a session's streams, so many can be taken by whoever comes: three quarters. */
const commonShare = 3 / 4;
/**
 * Of the rest nobody may have more than this share: a sixteenth, so that it serves four more such visitors at least. 30 of
 * an SDK's 480 streams are five browsers, 256 of our own agent's 4,096 are more than any page opens.
 */
const reservedPerVisitor = 1 / 16;

/**
 * How the proxied streams of one session are shared: a visitor who takes all he can get leaves a quarter of them to
 * others. Nobody notices before three quarters are taken. A visitor is one IPv4 address or one IPv6 /64; loopback, too,
 * where a proxy in front of us stands for all.
 */
export class VisitorShare {
  readonly #commonStreams: number;
  readonly #reservedStreams: number;
  readonly #streams = new Map<string, number>();
  #total = 0;

  /** @param maxStreams Proxied streams that the session may have. */
  constructor(maxStreams: number) {
    this.#commonStreams = Math.floor(maxStreams * commonShare);
    this.#reservedStreams = Math.floor(maxStreams * reservedPerVisitor);
  }

  /** Takes a place for one more stream of that visitor. @throws {AditError} 3210: he has his share. */
  enter(visitor: string): void {
    const streams = this.#streams.get(visitor) ?? 0;
    if (this.#total >= this.#commonStreams && streams >= this.#reservedStreams) {
      throw new AditError(3210, 'Cannot open a connection: the visitor has too many, and what is left is for others');
    }
    this.#streams.set(visitor, streams + 1);
    this.#total++;
  }

  /** Gives a place back. */
  leave(visitor: string): void {
    const left = (this.#streams.get(visitor) ?? 1) - 1;
    if (left === 0) this.#streams.delete(visitor);
    else this.#streams.set(visitor, left);
    this.#total--;
  }
}
