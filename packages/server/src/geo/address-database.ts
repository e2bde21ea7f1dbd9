import type { AddressFact, AddressFacts } from '@adit/policy-kit';
import { Reader } from 'mmdb-lib';
import { nextTurn } from '../domain/wait.ts';
import { factsOf } from './fact-fields.ts';

/** Why a file cannot be used, to be completed by its name. */
export class DatabaseProblem extends Error {
  override readonly name = 'DatabaseProblem';
}

/** In front of the description of a database, which is at its end. */
const descriptionMarker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Between the tree and the records. */
const separatorBytes = 16;
/** What is looked at in one turn of the event loop: some 4 ms of either. */
const nodesPerTurn = 50_000;
const recordsPerTurn = 200;
/**
 * Records that are looked at for what a database says. A large one has ten times as many: what fewer than one record in a thousand
 * says may be missed.
 */
const maxSamples = 20_000;

/** One database in the format of MaxMind, whole in memory. */
export class AddressDatabase {
  /** All that it says of some address. */
  readonly facts: ReadonlySet<AddressFact>;
  readonly #reader: Reader<never>;

  private constructor(reader: Reader<never>, facts: ReadonlySet<AddressFact>) {
    this.#reader = reader;
    this.facts = facts;
  }

  /** Looks at the whole tree and at many records, in short turns. @throws {DatabaseProblem} */
  static async read(bytes: Buffer): Promise<AddressDatabase> {
    const end = bytes.lastIndexOf(descriptionMarker);
    const reader = openReader(bytes, end);
    const samples = sampled(await recordPointers(reader, end));
    const facts = new Set<AddressFact>();
    for (const [i, pointer] of samples.entries()) {
      for (const fact of Object.keys(factsOf(readRecord(reader, pointer)))) facts.add(fact as AddressFact);
      if (i % recordsPerTurn === recordsPerTurn - 1) await nextTurn();
    }
    if (facts.size === 0) throw new DatabaseProblem('it says nothing of what is known here');
    return new AddressDatabase(reader, facts);
  }

  /** @param address One that `formatIpAddress` wrote: the library takes any text for an address. @throws When it is damaged there. */
  lookUp(address: string): AddressFacts {
    // In a tree of IPv4 addresses the library would go by the first bits of an IPv6 one.
    const isCovered = this.#reader.metadata.ipVersion === 6 || !address.includes(':');
    return isCovered ? factsOf(this.#reader.get(address)) : {};
  }
}

/** @param end Of its records; negative: there is no description behind them. */
function openReader(bytes: Buffer, end: number): Reader<never> {
  if (end < 0) throw new DatabaseProblem('it is no database in the format of MaxMind, or not a whole one');
  const reader = attempt(() => new Reader<never>(bytes), 'what it says about itself cannot be read');
  const { binaryFormatMajorVersion, ipVersion, nodeCount, searchTreeSize } = reader.metadata;
  if (binaryFormatMajorVersion !== 2) throw new DatabaseProblem('it has another version of the format than 2');
  const isPossible = (ipVersion === 4 || ipVersion === 6) && Number.isInteger(nodeCount) && nodeCount > 0;
  if (!isPossible || searchTreeSize + separatorBytes > end) throw new DatabaseProblem('it is damaged');
  return reader;
}

/** Where all its records are, each once, as the tree says. */
async function recordPointers(reader: Reader<never>, end: number): Promise<Set<number>> {
  const { nodeCount, nodeByteSize, searchTreeSize } = reader.metadata;
  const behindLast = nodeCount + end - searchTreeSize;
  const { left, right } = reader['walker'];
  const pointers = new Set<number>();
  for (let node = 0; node < nodeCount; node++) {
    for (const value of [left(node * nodeByteSize), right(node * nodeByteSize)]) {
      if (value <= nodeCount) continue;
      if (value >= behindLast) throw new DatabaseProblem('it is damaged');
      pointers.add(value);
    }
    if (node % nodesPerTurn === nodesPerTurn - 1) await nextTurn();
  }
  return pointers;
}

/** Spread evenly. */
function sampled(pointers: ReadonlySet<number>): number[] {
  const step = Math.ceil(pointers.size / maxSamples);
  return [...pointers].filter((_, i) => i % step === 0);
}

/** The library goes there by an address only. */
function readRecord(reader: Reader<never>, pointer: number): unknown {
  return attempt(() => reader['resolveDataPointer'](pointer) as unknown, 'it is damaged');
}

/** Whatever the library throws of bytes that it cannot read. */
function attempt<T>(read: () => T, problem: string): T {
  try {
    return read();
  } catch (cause) {
    throw new DatabaseProblem(problem, { cause });
  }
}
