import { isIP } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import type { PublicDns } from '../../domain/public-dns.ts';
import type { TxtResolver } from '../../domain/txt-resolver.ts';
import { type ResourceRecord, recordClass, recordType } from './dns-message.ts';
import { decodeName } from './dns-name.ts';
import { DnsServer } from './dns-server.ts';
import type { DnsRecord, DnsSolver } from './dns-solver.ts';
import { type DnsSolverLimits, defaultDnsSolverLimits } from './dns-solver-limits.ts';
import type { DnsServerAddress } from './exchange-message.ts';
import { findZone, type ZonePlace } from './find-zone.ts';
import type { TsigKey } from './tsig-key.ts';
import { type Witness, waitUntilVisible } from './wait-until-visible.ts';

interface UpdateSolverDeps {
  readonly address: DnsServerAddress;
  readonly key: TsigKey;
  readonly dns: PublicDns;
  readonly clock: Clock;
  readonly limits?: Partial<DnsSolverLimits>;
}

/** For how long others may keep the record: short, as it is gone after the order. */
const ttlSeconds = 60;
const maxTextBytes = 255;

/** Publishes records by DNS UPDATE (RFC 2136) at the primary server of the zone. */
export class UpdateSolver implements DnsSolver {
  readonly #server: DnsServer;
  readonly #dns: PublicDns;
  readonly #clock: Clock;
  readonly #limits: DnsSolverLimits;

  constructor({ dns, clock, limits, ...server }: UpdateSolverDeps) {
    this.#limits = { ...defaultDnsSolverLimits, ...limits };
    this.#server = new DnsServer({ ...server, clock, answerMs: this.#limits.answerMs });
    this.#dns = dns;
    this.#clock = clock;
  }

  async present(record: DnsRecord): Promise<void> {
    const place = await this.#findPlace(record);
    await this.#server.update(place.zone, [
      { ...textRecord(place.name, record.value), class: recordClass.IN, ttlSeconds },
    ]);
    const witnesses = [this.#serverItself(), ...(await this.#nameServersOf(place.zone))];
    const published = { name: place.name, value: record.value };
    await waitUntilVisible(published, witnesses, { clock: this.#clock, limits: this.#limits });
  }

  /** Class NONE removes this one value (RFC 2136 §2.5.4). */
  async remove(record: DnsRecord): Promise<void> {
    const { zone, name } = await this.#findPlace(record);
    await this.#server.update(zone, [{ ...textRecord(name, record.value), class: recordClass.NONE, ttlSeconds: 0 }]);
  }

  #findPlace({ name }: DnsRecord): Promise<ZonePlace> {
    return findZone(name.toLowerCase(), {
      server: this.#server,
      resolveAlias: (alias) => this.#dns.aliasOf(alias),
      maxAliases: this.#limits.maxAliases,
    });
  }

  #serverItself(): Witness {
    const look: TxtResolver = async (name) => {
      const { answers } = await this.#server.ask(name, recordType.TXT);
      return answers.filter(({ type }) => type === recordType.TXT).map(({ data }) => textOf(data));
    };
    return { who: `the DNS server "${this.#server.address}"`, look, isOptional: false };
  }

  /**
   * Those that the world asks. One that cannot be reached from here (a hidden one, an address of a family that this machine
   * has not) is left out: the authority will find out.
   */
  async #nameServersOf(zone: string): Promise<Witness[]> {
    const { answers, bytes } = await this.#server.ask(zone, recordType.NS);
    const hosts = answers
      .filter(({ type, name }) => type === recordType.NS && name === zone)
      .map(({ dataStart }) => decodeName(bytes, dataStart).name);
    const addresses = await Promise.all(hosts.map((host) => this.#dns.addressesOf(host)));
    return [...new Set(addresses.flat())]
      .filter((address) => isIP(address) !== 0)
      .map((address) => ({ who: `the name server "${address}"`, look: this.#dns.textsAt(address), isOptional: true }));
  }
}

function textRecord(name: string, value: string): Pick<ResourceRecord, 'name' | 'type' | 'data'> {
  const text = Buffer.from(value);
  const parts = Array.from({ length: Math.max(1, Math.ceil(text.length / maxTextBytes)) }, (_, index) =>
    text.subarray(index * maxTextBytes, (index + 1) * maxTextBytes),
  );
  const data = Buffer.concat(parts.flatMap((part) => [Buffer.of(part.length), part]));
  return { name, type: recordType.TXT, data };
}

/** The parts of a TXT record put together (RFC 1035 §3.3.14). */
function textOf(data: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; at < data.length; at += 1 + (data[at] ?? 0)) {
    parts.push(data.toString('utf8', at + 1, at + 1 + (data[at] ?? 0)));
  }
  return parts.join('');
}
