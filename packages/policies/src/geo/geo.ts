import { isIP } from 'node:net';
import { AditError } from '@adit/contracts';
import {
  type AddressBook,
  type AddressFact,
  allowOrDeny,
  type ConnectContext,
  type Decision,
  definePolicy,
  proceed,
} from '@adit/policy-kit';
import { PlaceList } from './place-list.ts';
import { type GeoConfig, geoConfig } from './schema.ts';

const notAllowed = Object.freeze({ outcome: 'deny', reason: 'geo/not-in-allow-list', code: 9615 } as const);
const unknown = Object.freeze({ outcome: 'deny', reason: 'geo/unknown-location', code: 9615 } as const);
const denied = Object.freeze({ outcome: 'deny', reason: 'geo/in-deny-list', code: 9615 } as const);

/** Lets visitors in by where their address is, or in whose network; see README.md. */
export const geo = definePolicy<GeoConfig>({
  name: 'geo',
  phases: ['on_tcp_connect', 'on_http_request', 'on_http_response'],
  schema: geoConfig,
  reasons: {
    'not-in-allow-list': 'There is an allow list, and it has neither the country, the continent nor the network.',
    'unknown-location': 'There is an allow list, and nothing that it asks is known of the address.',
    'in-deny-list': 'The country, the continent or the network is in the deny list.',
  },
  results: { action: 'string' },
  prepare(config, { addresses }) {
    const [allow, deny] = [new PlaceList(config.allow), new PlaceList(config.deny)];
    checkKnown([...allow.asks, ...deny.asks], addresses);

    function judge({ connection }: ConnectContext): Decision {
      // Thrown, not answered: a visitor without an address is our own fault, and the chain refuses and logs it.
      if (isIP(connection.clientIp) === 0)
        throw new TypeError('Cannot decide: the client address is not an IP address');
      const facts = addresses.lookUp(connection.clientIp);
      if (deny.has(facts)) return denied;
      if (allow.asks.length === 0 || allow.has(facts)) return proceed;
      return allow.isKnown(facts) ? notAllowed : unknown;
    }
    return allowOrDeny(config.enforce, judge);
  },
});

const names: { readonly [fact in AddressFact]?: string } = {
  countryCode: 'the country',
  continent: 'the continent',
  asNumber: 'the autonomous system',
};

/** What nobody is known by would refuse everybody, or nobody. @throws {AditError} 9616, naming it. */
function checkKnown(facts: readonly AddressFact[], addresses: AddressBook): void {
  const missing = facts.find((fact) => !addresses.knows(fact));
  if (missing === undefined) return;
  throw new AditError(
    9616,
    `Cannot use "geo": no database of this server says ${names[missing]} of addresses. Its operator names databases by geo-database`,
  );
}
