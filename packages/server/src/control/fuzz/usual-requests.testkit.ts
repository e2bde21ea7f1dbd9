// What the document does not tell of a request that is right: whoever adds an operation that the fuzz test cannot call by the
// document alone, says it here.

/** What is in a sample of the subscriptions, and what is not. */
const presentEvent = 'ip_policy_created.v0';
const absentEvent = 'vault_updated.v0';

/** Names in a path other than the id. */
export const pathNames: Readonly<Record<string, string>> = { type: presentEvent };

/** Members of a usual body, by the operation. `mark` is another text each time. */
const membersBy: Readonly<Record<string, (mark: string) => object>> = {
  'post /users': (name) => ({ name }),
  'patch /users/{id}': () => ({ active: true }),
  'post /service_users': (name) => ({ name }),
  'patch /service_users/{id}': (name) => ({ name }),
  'post /bot_users': (name) => ({ name }),
  'patch /bot_users/{id}': (name) => ({ name }),
  'post /policy_explanations': () => ({ url: 'https://app.localhost', policy: '{}' }),
  'post /event_subscriptions/{id}/sources': () => ({ type: absentEvent }),
};

export function usualMembers({ method, path }: { method: string; path: string }, mark: string): object {
  return membersBy[`${method} ${path}`]?.(mark) ?? {};
}
