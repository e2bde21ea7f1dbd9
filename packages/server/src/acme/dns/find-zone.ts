import { AditError } from '@adit/contracts';
import { type DnsMessage, type FoundRecord, recordType } from './dns-message.ts';
import { decodeName, isDnsName } from './dns-name.ts';
import type { DnsServer } from './dns-server.ts';
import { refusalOf, responseCode, responseCodes } from './refusal.ts';

/** Where a record is to be put. */
export interface ZonePlace {
  readonly zone: string;
  /** The name itself, or the one that it is an alias (CNAME) of. */
  readonly name: string;
}

interface FindZoneDeps {
  readonly server: Pick<DnsServer, 'ask' | 'address'>;
  /** What a name is an alias of, asked of the public DNS: for names of zones that the server does not have. */
  resolveAlias(name: string): Promise<string | undefined>;
  readonly maxAliases: number;
}

/**
 * The zone at that server to which the name belongs. Aliases are followed, as a certificate authority follows them: so the
 * challenges of a domain can be answered from a zone of their own, on a server that has nothing else.
 *
 * @throws {AditError} 9270: the server has no such zone. 9271: no answer, or not a valid one.
 */
export async function findZone(name: string, deps: FindZoneDeps): Promise<ZonePlace> {
  let current = name;
  for (let aliases = 0; aliases <= deps.maxAliases; aliases++) {
    const answer = await deps.server.ask(current, recordType.SOA);
    const found = zoneIn(answer, current);
    if (found !== undefined) return { zone: found, name: current };
    const next = isElsewhere(answer) ? await deps.resolveAlias(current) : aliasIn(answer, current);
    if (next === undefined || !isDnsName(next)) throw notHere(current, answer, deps.server.address);
    current = next;
  }
  throw new AditError(
    9270,
    `Cannot find the zone of "${name}": more than ${deps.maxAliases} aliases follow each other`,
  );
}

type Answer = DnsMessage<FoundRecord> & { readonly bytes: Buffer };

/** The zone stands in its SOA record: among the answers for the zone's own name, else beside them (RFC 2308 §3). */
function zoneIn(answer: Answer, name: string): string | undefined {
  if (![0, responseCodes.noSuchName].includes(responseCode(answer.flags)) || aliasIn(answer, name) !== undefined)
    return undefined;
  const records = [...answer.answers, ...answer.authorities];
  return records.find(({ type, name: zone }) => type === recordType.SOA && isInZone(name, zone))?.name;
}

function isInZone(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function aliasIn({ answers, bytes }: Answer, name: string): string | undefined {
  const alias = answers.find((record) => record.type === recordType.CNAME && record.name === name);
  return alias && decodeName(bytes, alias.dataStart).name;
}

function isElsewhere({ flags }: Answer): boolean {
  const code = responseCode(flags);
  return code === responseCodes.refused || code === responseCodes.notAuthoritative;
}

function notHere(name: string, answer: Answer, server: string): AditError {
  const code = responseCode(answer.flags);
  const reason =
    code === 0 || isElsewhere(answer)
      ? 'it has no zone of that name. Name the primary server of the zone'
      : refusalOf(code);
  return new AditError(9270, `Cannot find the zone of "${name}" at the DNS server "${server}": ${reason}`);
}
