import { z } from 'zod';

const patterns = z.array(z.string().min(1).max(1_024)).max(100).default([]);

export const userAgentFilterConfig = z
  .strictObject({
    allow: patterns.describe('Patterns (RE2) of user agents that may enter, at most 100. Allow wins.'),
    deny: patterns.describe('Patterns (RE2) of user agents that may not enter, at most 100.'),
  })
  .refine(({ allow, deny }) => allow.length + deny.length > 0, 'give at least one pattern in "allow" or "deny"');

export type UserAgentFilterConfig = z.output<typeof userAgentFilterConfig>;
