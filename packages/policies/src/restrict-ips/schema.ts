import { z } from 'zod';

/** Long enough for any real list, short enough that a visitor's address is looked up in about 10 µs. */
const maxRanges = 1_000;
const maxPolicies = 50;
const ranges = z.array(z.string()).max(maxRanges).default([]);

/** The form only: whether each entry is an address range is for `prepare` to say, with a code of its own. */
export const restrictIpsConfig = z
  .strictObject({
    allow: ranges.describe(
      'Address ranges (CIDR) and single addresses that may enter, at most 1,000. Empty: everybody whom "deny" does not name.',
    ),
    deny: ranges.describe('Address ranges (CIDR) and single addresses that may not enter, at most 1,000. Deny wins.'),
    ip_policies: z
      .array(z.string())
      .max(maxPolicies)
      .default([])
      .describe(
        'Ids of IP policies of the account, at most 50: their rules count as if they stood in "allow" and "deny", and whom none of them allows may not enter.',
      ),
    enforce: z
      .boolean()
      .default(true)
      .describe(
        'False: nobody is refused; the result says who would be, and the log of the server does at level debug. Default: true.',
      ),
  })
  .refine(
    ({ allow, deny, ip_policies }) => allow.length + deny.length + ip_policies.length > 0,
    'give at least one entry in "allow", "deny" or "ip_policies"',
  );

export type RestrictIpsConfig = z.output<typeof restrictIpsConfig>;
