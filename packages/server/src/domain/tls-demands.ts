import type { ClientCertificates, TlsDemands } from '@adit/policy-kit';

/**
 * True: what a handshake made for the one is good enough for the other. By value: two agents may have been given the same
 * bundle, and an agent that comes back brings its own again.
 */
export function hasSameDemands(one: TlsDemands | null, other: TlsDemands | null): boolean {
  if (one === other) return true;
  if (one === null || other === null) return false;
  return (
    one.minVersion === other.minVersion &&
    one.maxVersion === other.maxVersion &&
    one.certificate?.cert === other.certificate?.cert &&
    one.certificate?.key === other.certificate?.key &&
    asksForSame(one.clients, other.clients)
  );
}

function asksForSame(one: ClientCertificates | null, other: ClientCertificates | null): boolean {
  return (
    one?.authorities === other?.authorities &&
    one?.revocationLists === other?.revocationLists &&
    one?.strategy === other?.strategy
  );
}
