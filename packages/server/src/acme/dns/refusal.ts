// What a DNS server says when it does not do what was asked (RFC 1035 §4.1.1, RFC 2136 §2.2, RFC 8945 §3), and what to do.
import type { Tsig } from './tsig.ts';

export const responseCodes = { noSuchName: 3, refused: 5, notAuthoritative: 9 } as const;

/** @param flags The second field of a message's header. */
export function responseCode(flags: number): number {
  return flags & 0x000f;
}

const refusals: Readonly<Record<number, string>> = {
  1: 'it did not understand the request (FORMERR)',
  2: 'it failed (SERVFAIL). See its log: can it write the zone?',
  4: 'it takes no updates (NOTIMP). Name the primary server of the zone',
  5: 'it refused (REFUSED). Allow this key to change TXT records of that name',
  8: 'a record that must exist does not (NXRRSET)',
  9: 'it is not the primary server of the zone, or this key may not change the name (NOTAUTH). See its log',
  10: 'the name is not in the zone (NOTZONE)',
};

const tsigRefusals: Readonly<Record<number, string>> = {
  16: 'it takes our signature for wrong (BADSIG). Is the secret in the key file the one that it has?',
  17: 'it does not know the key, or does not let it do this (BADKEY). Compare name, algorithm and rights of the key',
  22: 'it wants another length of signature (BADTRUNC)',
};

/** Completes "Cannot …: ". */
export function refusalOf(code: number, signed?: { tsig: Pick<Tsig, 'error' | 'other'>; timeMs: number }): string {
  if (signed?.tsig.error === 18)
    return `the clocks differ${byHowMuch(signed)} (BADTIME). Set the time on both machines`;
  const known = signed ? tsigRefusals[signed.tsig.error] : refusals[code];
  return known ?? `it answered with code ${signed?.tsig.error ?? code}`;
}

/** With BADTIME the server tells its time (RFC 8945 §5.2.3). */
function byHowMuch({ tsig: { other }, timeMs }: { tsig: Pick<Tsig, 'other'>; timeMs: number }): string {
  if (other.length !== 6) return '';
  return ` by ${Math.abs(Math.round(timeMs / 1000) - other.readUIntBE(0, 6))} s`;
}
