import { type ConnectFacts, type Decision, definePolicy, proceed } from '@adit/policy-kit';
import { AddressList, parseAddress } from './address-list.ts';
import { type RestrictIpsConfig, restrictIpsConfig } from './schema.ts';

const notAllowed = Object.freeze({ outcome: 'deny', reason: 'restrict-ips/not-in-allow-list', code: 3205 } as const);
const denied = Object.freeze({ outcome: 'deny', reason: 'restrict-ips/in-deny-list', code: 3205 } as const);

/** Lets visitors in by the address their connection comes from; see README.md. */
export const restrictIps = definePolicy<RestrictIpsConfig>({
  name: 'restrict-ips',
  schema: restrictIpsConfig,
  reasons: {
    'not-in-allow-list': 'There is an allow list, and the address is in none of its ranges.',
    'in-deny-list': 'The address is in a range of the deny list.',
  },
  prepare(config) {
    const allow = new AddressList(config.allow);
    const deny = new AddressList(config.deny);

    function decide(facts: ConnectFacts): Decision {
      const address = parseAddress(facts.clientIp);
      // Thrown, not answered: a visitor without an address is our own fault, and the chain refuses and logs it.
      if (!address) throw new TypeError('Cannot decide: the client address is not an IP address');
      if (deny.has(address)) return denied;
      return allow.isEmpty || allow.has(address) ? proceed : notAllowed;
    }
    return { connect: decide, recheck: decide };
  },
});
