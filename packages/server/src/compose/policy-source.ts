import { AditError, type Id, isId } from '@adit/contracts';
import { type IpRules, readRevocationLists } from '@adit/policy-kit';
import type { AccountRulesBody } from '../control/resources/account-rules.ts';
import type { RuleBody } from '../control/resources/ip-policy-rules.ts';
import type { RestrictionBody } from '../control/resources/ip-restrictions.ts';
import type { SecretBody } from '../control/resources/vault-secrets.ts';
import type { VaultBody } from '../control/resources/vaults.ts';
import type { UploadedAuthority } from '../domain/certificate-facts.ts';
import type { Document, DocumentKind, DocumentQuery } from '../domain/document.ts';
import type { RestrictedPart } from '../domain/ip-gate.ts';
import { parseRequirement } from '../domain/requirement.ts';
import type { Store } from '../domain/store.ts';
import { type AccountSource, type OrganisationRules, secretKey } from '../policy/account-source.ts';
import { parsePolicy } from '../policy/document/parse-policy.ts';
import { always, joinDocuments, type PolicyDocument } from '../policy/document/policy-document.ts';
import { type InternalCallDeps, internalCall } from './internal-call.ts';
import { awaitedTarget, internalTarget } from './internal-target.ts';

export interface PolicySourceDeps extends InternalCallDeps {
  readonly store: Pick<Store, 'findDocument' | 'listDocuments' | 'readSecret'>;
}

/** What policies rest on, from the store and the directory. */
export function policySource({ store, accept, ...targets }: PolicySourceDeps): AccountSource {
  return {
    organisationRules: (accountId) => organisationRules(store, accountId),
    restrictionRules: (accountId, part) => restrictionRules(store, accountId, part),
    ipRules: (accountId, id) => ipRules(store, accountId, id),
    async certificateAuthority(accountId, id) {
      if (!isId('certificateAuthority', id)) return undefined;
      const document = await store.findDocument({ accountId, kind: 'certificateAuthority', id });
      if (!document) return undefined;
      const { caPem, revocation } = (document as Document<UploadedAuthority>).body;
      const lists = revocation ? readRevocationLists([revocation.pem], 'revocation_list_pem') : [];
      return { certificates: caPem, revocationLists: lists };
    },
    secrets: (accountId) => secretsOf(store, accountId),
    findInternal: (accountId, url, from) => internalTarget(targets, { accountId, url, from }),
    awaitInternal: (accountId, url, from) => awaitedTarget(targets, { accountId, url, from }),
    fetchInternal: (accountId, from, ...args) =>
      internalCall(new Request(...args), { accountId, from }, { ...targets, accept }),
  };
}

/** Restrictions come first: who may not be there is told nothing else. */
async function organisationRules(
  store: PolicySourceDeps['store'],
  accountId: Id<'account'>,
): Promise<OrganisationRules> {
  const restrictions = await restrictionRules(store, accountId, 'endpoints');
  const [rules] = await allOf<AccountRulesBody>(store, { accountId, kind: 'accountRules' });
  if (!rules) return { document: restrictions, requires: [] };
  const { policy, require } = rules.body;
  const { document } = parsePolicy(policy, { hasHttp: null });
  const unreadable = (why: string) => new AditError(9000, `Cannot read what the account requires: ${why}`);
  return {
    document: joinDocuments([restrictions, document]),
    requires: require.map((text) => parseRequirement(text, unreadable)),
  };
}

async function restrictionRules(
  store: PolicySourceDeps['store'],
  accountId: Id<'account'>,
  part: RestrictedPart,
): Promise<PolicyDocument> {
  const restrictions = await allOf<RestrictionBody>(store, { accountId, kind: 'ipRestriction' });
  const restriction = restrictions.find(({ body }) => body.type === part);
  if (!restriction) return {};
  const { policyIds, enforced: enforce } = restriction.body;
  return { on_tcp_connect: [always({ type: 'restrict-ips', config: { ip_policies: policyIds, enforce } })] };
}

async function ipRules(
  store: PolicySourceDeps['store'],
  accountId: Id<'account'>,
  id: string,
): Promise<IpRules | undefined> {
  if (!isId('ipPolicy', id) || !(await store.findDocument({ accountId, kind: 'ipPolicy', id }))) return undefined;
  const rules = await allOf<RuleBody>(store, { accountId, kind: 'ipPolicyRule', parentId: id });
  const rangesOf = (action: RuleBody['action']) =>
    rules.flatMap(({ body }) => (body.action === action ? [body.cidr] : []));
  return { allow: rangesOf('allow'), deny: rangesOf('deny') };
}

async function secretsOf(
  store: PolicySourceDeps['store'],
  accountId: Id<'account'>,
): Promise<ReadonlyMap<string, string>> {
  const vaults = await allOf<VaultBody>(store, { accountId, kind: 'vault' });
  const names = new Map<string, string>(vaults.map(({ id, body }) => [id, body.name]));
  const secrets = await allOf<SecretBody>(store, { accountId, kind: 'secret' });
  const found = new Map<string, string>();
  for (const { id, body } of secrets) {
    const vault = names.get(body.vaultId);
    const value = await store.readSecret({ accountId, kind: 'secret', id });
    if (vault !== undefined && value) found.set(secretKey(vault, body.name), Buffer.from(value).toString());
  }
  return found;
}

const pageSize = 1_000;

async function allOf<Body extends object>(
  store: Pick<Store, 'listDocuments'>,
  query: Omit<DocumentQuery, 'limit' | 'beforeId'> & { kind: DocumentKind },
): Promise<Document<Body>[]> {
  const found: Document[] = [];
  for (;;) {
    const beforeId = found.at(-1)?.id;
    const page = await store.listDocuments({ ...query, limit: pageSize, ...(beforeId && { beforeId }) });
    found.push(...page);
    if (page.length < pageSize) return found as Document<Body>[];
  }
}
