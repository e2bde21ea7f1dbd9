import { readFile } from 'node:fs/promises';
import { AditError } from '@adit/contracts';
import type { AddressBook, AddressFact, AddressFacts } from '@adit/policy-kit';
import type { Clock } from '../domain/clock.ts';
import { formatIpAddress, mappedIpv4, parseIpAddress } from '../domain/ip-address.ts';
import type { Log } from '../domain/log.ts';
import { FileWatch } from '../files/file-watch.ts';
import { systemReason } from '../files/private-file.ts';
import { AddressDatabase, DatabaseProblem } from './address-database.ts';

export interface GeoDatabasesOptions {
  /** What the first does not say of an address the next one does. */
  readonly files: readonly string[];
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Milliseconds between two looks at each file. Default 2,000. */
  readonly pollIntervalMs?: number;
}

/**
 * The operator's databases. Each is read again when its file changes; when the new one is broken, or says less, the one before
 * stays in use and the log hears of it.
 *
 * @throws {AditError} 9280: one of them cannot be used.
 */
export async function openGeoDatabases(options: GeoDatabasesOptions): Promise<GeoDatabases> {
  const opened: FileDatabase[] = [];
  for (const file of options.files) opened.push(await openFile(file, options));
  // Followed once all are good: until then there is nothing to close.
  for (const database of opened) database.follow();
  return new GeoDatabases(opened);
}

class GeoDatabases implements AddressBook {
  readonly #databases: readonly FileDatabase[];

  constructor(databases: readonly FileDatabase[]) {
    this.#databases = databases;
  }

  knows(fact: AddressFact): boolean {
    return this.#databases.some(({ current }) => current.facts.has(fact));
  }

  lookUp(address: string): AddressFacts {
    const parsed = parseIpAddress(address);
    if (!parsed) return {};
    const plain = formatIpAddress(mappedIpv4(parsed) ?? parsed);
    return this.#databases.reduceRight<AddressFacts>(
      (facts, { current }) => ({ ...facts, ...current.lookUp(plain) }),
      {},
    );
  }

  close(): void {
    for (const database of this.#databases) database.close();
  }
}

async function openFile(file: string, options: GeoDatabasesOptions): Promise<FileDatabase> {
  const { clock, pollIntervalMs = 2_000 } = options;
  const watch = await FileWatch.begin([file], { clock, intervalMs: pollIntervalMs });
  return new FileDatabase(await readGeoDatabase(file), { file, watch, log: options.log });
}

/** One file, and what it last held that was good. */
class FileDatabase {
  current: AddressDatabase;
  readonly #file: string;
  readonly #watch: FileWatch;
  readonly #log: GeoDatabasesOptions['log'];

  constructor(
    current: AddressDatabase,
    { file, watch, log }: { file: string; watch: FileWatch; log: GeoDatabasesOptions['log'] },
  ) {
    this.current = current;
    this.#file = file;
    this.#watch = watch;
    this.#log = log;
  }

  follow(): void {
    this.#watch.follow(() => this.#readAgain());
  }

  close(): void {
    this.#watch.close();
  }

  async #readAgain(): Promise<void> {
    const file = this.#file;
    try {
      const next = await readGeoDatabase(file);
      const [lost] = this.current.facts.difference(next.facts);
      // Rules that ask for it would go on without, and let in whom they are there to refuse.
      if (lost !== undefined) throw new AditError(9280, `Cannot use "${file}": it no longer says ${lost} of addresses`);
      this.current = next;
      this.#log.info({ file }, 'Loaded the changed database of addresses');
    } catch (err) {
      this.#log.warn({ file, err }, 'The database of addresses that was read before stays in use');
    }
  }
}

/** @throws {AditError} 9280, naming the file. */
export async function readGeoDatabase(file: string): Promise<AddressDatabase> {
  try {
    return await AddressDatabase.read(await readFile(file));
  } catch (cause) {
    if (cause instanceof DatabaseProblem)
      throw new AditError(9280, `Cannot use "${file}": ${cause.message}`, { cause });
    throw new AditError(9280, `Cannot read the database of addresses "${file}": ${systemReason(cause)}`, { cause });
  }
}
