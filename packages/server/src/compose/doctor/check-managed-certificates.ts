import { systemClock as clock } from '../../clock/system-clock.ts';
import type { ManagedCertificate } from '../../domain/managed-certificates.ts';
import { noSealer } from '../../store/sqlite/backup/no-sealer.ts';
import { openOperatorsStore } from '../open-operators-store.ts';
import type { Check, Finding } from './finding.ts';

const about = 'certificates';
/** More would be no list that anybody reads. */
const maxShown = 20;

/** What the certificates are at that the server gets itself: those that failed, and those that are about to end. */
export const checkManagedCertificates: Check = async ({ options, settings: { dataDir }, database, nowMs }) => {
  if (options['acme-email'] === undefined) return [];
  // Whatever is wrong with the data, another check says.
  const store = await openOperatorsStore({ database, dataDir, clock, openSealer: async () => noSealer }).catch(
    () => undefined,
  );
  if (!store) return [];
  try {
    const all = await store.listManagedCertificates();
    const faults = all.map((one) => faultOf(one, nowMs)).filter((one) => one !== undefined);
    if (faults.length > 0) return shown(faults);
    return [{ about, level: 'ok', text: okText(all) }];
  } finally {
    await store.close();
  }
};

function faultOf({ name, issued, attempt }: ManagedCertificate, nowMs: number): Finding | undefined {
  const reason = attempt?.error ? `: ${attempt.error.message}` : '';
  const todo = todoOf(attempt?.error?.kind);
  if (issued && issued.notAfterMs <= nowMs) {
    return { about, level: 'fail', text: `"${name}" has expired on ${date(issued.notAfterMs)}${reason}.`, todo };
  }
  if (!attempt?.error) {
    // Past its time with nothing said, nobody has tried: a name that is not wanted any more, or a server that does not run.
    const isLate = issued !== null && issued.notAfterMs - nowMs < (issued.notAfterMs - issued.notBeforeMs) / 6;
    if (!isLate) return undefined;
    const text = `"${name}" ends on ${date(issued.notAfterMs)}, and nobody has ordered a new one.`;
    return { about, level: 'warn', text, todo: 'Start the server if the name is still in use.' };
  }
  const until = issued ? `, and is good until ${date(issued.notAfterMs)}` : '';
  const text = `"${name}" got no new certificate${until}${reason}. It is tried again on ${date(attempt.untilMs)}.`;
  return { about, level: issued ? 'warn' : 'fail', text, todo };
}

function todoOf(kind: string | undefined): string {
  if (kind === 'dns') return 'Have the name lead to this server, with ports 443 and 80 open to everybody.';
  if (kind === 'refused') return 'Ask the authority, or use another one by --acme-directory.';
  if (kind === 'rate-limited') return 'Wait, or prove the domain in the DNS: one wildcard then serves all its names.';
  if (kind === 'unreachable') return 'See that this machine reaches the authority.';
  return 'See the log of the server.';
}

function shown(faults: readonly Finding[]): Finding[] {
  const more = faults.length - maxShown;
  if (more <= 0) return [...faults];
  const todo = 'See the metrics and the log of the server for all of them.';
  return [
    ...faults.slice(0, maxShown),
    { about, level: 'warn', text: `${more} more names have no good certificate.`, todo },
  ];
}

function okText(all: readonly ManagedCertificate[]): string {
  const ends = all.flatMap(({ issued }) => (issued ? [issued.notAfterMs] : []));
  if (ends.length === 0) return 'No certificate has been got yet.';
  return `${ends.length} got by ACME are good, the first until ${date(Math.min(...ends))}.`;
}

function date(ms: number): string {
  return new Date(ms).toISOString();
}
