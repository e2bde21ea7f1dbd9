import type { PolicyKeys } from './policy-keys.ts';

/** The keys that name files, with their paths made absolute; none of the others. */
export function absolutePolicies(keys: PolicyKeys, absolute: (path: string) => string): PolicyKeys {
  const { traffic_policy_file: policy, basic_auth_file: passwords, verify_webhook: webhook } = keys;
  return {
    ...(policy !== undefined && { traffic_policy_file: absolute(policy) }),
    ...(passwords !== undefined && { basic_auth_file: absolute(passwords) }),
    ...(webhook?.secret_file !== undefined && {
      verify_webhook: { ...webhook, secret_file: absolute(webhook.secret_file) },
    }),
  };
}
