import { AditError } from '@adit/contracts';
import { streamTypes } from '../protocol.ts';
import type { MuxProfile } from './profiles.ts';
import type { StreamCore } from './stream-core.ts';

/** Streams above the server's limit that are kept for commands and heartbeats. */
const reservedStreams = 16;

/** The streams of one session that are open on the wire, and how many each side may have. */
export class StreamTable {
  /** The highest id that the peer has opened. */
  lastPeerId = 0;
  readonly #role: 'client' | 'server';
  readonly #profile: MuxProfile;
  readonly #cores = new Map<number, StreamCore>();
  #nextId: number;
  #ownCount = 0;

  constructor(role: 'client' | 'server', profile: MuxProfile) {
    this.#role = role;
    this.#profile = profile;
    this.#nextId = role === 'client' ? 3 : 2;
  }

  get size(): number {
    return this.#cores.size;
  }

  /** Those that this side opened. */
  get ownSize(): number {
    return this.#ownCount;
  }

  /** All ids of our own were used. */
  get isExhausted(): boolean {
    return this.#nextId > this.#profile.maxStreamId;
  }

  get(id: number): StreamCore | undefined {
    return this.#cores.get(id);
  }

  values(): Iterable<StreamCore> {
    return this.#cores.values();
  }

  /** Takes in a stream of our own and answers its id. @throws {AditError} 3210: too many are open. */
  enterOwn(core: StreamCore): number {
    if (this.#ownCount >= this.#ownLimit(core.type)) {
      throw new AditError(3210, `Cannot open a stream: ${this.#ownCount} are open`);
    }
    const id = this.#nextId;
    this.#nextId += 2;
    this.#ownCount++;
    this.#cores.set(id, core);
    return id;
  }

  /** Notes that the peer opens a stream. False: it has too many. */
  admitPeers(id: number): boolean {
    this.lastPeerId = Math.max(this.lastPeerId, id);
    return this.#cores.size - this.#ownCount < this.#peerLimit();
  }

  enterPeers(core: StreamCore): void {
    this.#cores.set(core.id, core);
  }

  isPeerId(id: number): boolean {
    return (id % 2 === 1) === (this.#role === 'server');
  }

  leave(core: StreamCore): void {
    if (this.#cores.delete(core.id) && core.isOwn) this.#ownCount--;
  }

  takeAll(): StreamCore[] {
    const cores = [...this.#cores.values()];
    this.#cores.clear();
    this.#ownCount = 0;
    return cores;
  }

  #ownLimit(type: number): number {
    if (this.#role === 'client') return this.#profile.maxClientStreams;
    return type === streamTypes.proxy
      ? this.#profile.maxServerStreams
      : this.#profile.maxServerStreams + reservedStreams;
  }

  #peerLimit(): number {
    return this.#role === 'server' ? this.#profile.maxClientStreams : this.#profile.maxServerStreams + reservedStreams;
  }
}
