import { z } from 'zod';

/** Long enough for any real list, short enough that a visitor's address is looked up in about 10 µs. */
const maxRanges = 1_000;
const ranges = z.array(z.string()).max(maxRanges).default([]);

/** The form only: whether each entry is an address range is for `prepare` to say, with a code of its own. */
export const restrictIpsConfig = z
  .strictObject({
    allow: ranges.describe(
      'Address ranges (CIDR) and single addresses that may enter, at most 1,000. Empty: everybody whom "deny" does not name.',
    ),
    deny: ranges.describe('Address ranges (CIDR) and single addresses that may not enter, at most 1,000. Deny wins.'),
  })
  .refine(({ allow, deny }) => allow.length + deny.length > 0, 'give at least one entry in "allow" or "deny"');

export type RestrictIpsConfig = z.output<typeof restrictIpsConfig>;
