import {
  allowOrDeny,
  type ConnectContext,
  type Decision,
  definePolicy,
  type PolicyHost,
  proceed,
} from '@adit/policy-kit';
import { AddressList, parseAddress } from './address-list.ts';
import { type RestrictIpsConfig, restrictIpsConfig } from './schema.ts';

const notAllowed = Object.freeze({ outcome: 'deny', reason: 'restrict-ips/not-in-allow-list', code: 3205 } as const);
const denied = Object.freeze({ outcome: 'deny', reason: 'restrict-ips/in-deny-list', code: 3205 } as const);

/** Lets visitors in by the address their connection comes from; see README.md. */
export const restrictIps = definePolicy<RestrictIpsConfig>({
  name: 'restrict-ips',
  phases: ['on_tcp_connect', 'on_http_request', 'on_http_response'],
  schema: restrictIpsConfig,
  reasons: {
    'not-in-allow-list': 'There is an allow list, and the address is in none of its ranges.',
    'in-deny-list': 'The address is in a range of the deny list.',
  },
  results: { action: 'string' },
  async prepare(config, host) {
    const { allow, deny } = await rangesOf(config, host);
    // With a policy of addresses, whom it does not name does not enter; nor with an allow list.
    const allowsOthers = config.allow.length + config.ip_policies.length === 0;

    function judge({ connection }: ConnectContext): Decision {
      const address = parseAddress(connection.clientIp);
      // Thrown, not answered: a visitor without an address is our own fault, and the chain refuses and logs it.
      if (!address) throw new TypeError('Cannot decide: the client address is not an IP address');
      if (deny.has(address)) return denied;
      return allowsOthers || allow.has(address) ? proceed : notAllowed;
    }
    return allowOrDeny(config.enforce, judge);
  },
});

/** @throws {AditError} 362: not an address range. 1402: no such policy of addresses. */
async function rangesOf(
  config: RestrictIpsConfig,
  host: PolicyHost,
): Promise<{ allow: AddressList; deny: AddressList }> {
  const policies = await Promise.all(config.ip_policies.map((id) => host.ipPolicy(id)));
  return {
    allow: new AddressList([...config.allow, ...policies.flatMap(({ allow }) => allow)]),
    deny: new AddressList([...config.deny, ...policies.flatMap(({ deny }) => deny)]),
  };
}
