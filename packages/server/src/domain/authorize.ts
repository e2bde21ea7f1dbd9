import { AditError, type Id } from '@adit/contracts';
import { type DocumentKind, documentKinds } from './document.ts';
import type { CredentialKind, UserId } from './entities.ts';
import type { Principal } from './principal.ts';
import { mayGrant, mayWrite, type RoleChange, type Roles } from './roles.ts';

/** What can be asked of each kind of document. To read one is to list it. */
const documentVerbs = ['create', 'list', 'update', 'delete'] as const;
export type DocumentAction = `${DocumentKind}.${(typeof documentVerbs)[number]}`;

const otherActions = [
  'account.read',
  'account.update',
  'audit.list',
  'credential.create',
  'credential.list',
  'credential.revoke',
  'credential.update',
  'endpoint.bind',
  'policy.explain',
  'policy.readSecrets',
  'session.open',
  'session.list',
  'session.restart',
  'session.stop',
  'session.update',
  'serviceUser.create',
  'serviceUser.delete',
  'serviceUser.list',
  'serviceUser.update',
  'user.changePassword',
  'user.changeSecondFactor',
  'user.create',
  'user.delete',
  'user.list',
  'user.rename',
  'user.update',
] as const;
export type Action = (typeof otherActions)[number] | DocumentAction;

/** Everything a principal can ask for. A new one gets a row in the tables below and rows in the golden file. */
export const actions: readonly Action[] = [
  ...otherActions,
  ...documentKinds.flatMap((kind) => documentVerbs.map((verb) => `${kind}.${verb}` as const)),
];

/** What the action is done to. */
export interface Resource {
  readonly accountId: Id<'account'>;
  /** Null for a collection and for what has no one owner. */
  readonly ownerId: UserId | null;
  /** Where the action is about a member: what they are and shall be. */
  readonly change?: RoleChange;
}

/** How far an allowed action goes: all of the account, or what the principal owns. A list must narrow itself to it. */
export type Reach = 'account' | 'own';

/** How far those with these roles may go; null: nowhere. */
type ReachOf = (roles: Roles) => Reach | null;

interface Rule {
  readonly reach: Readonly<Record<CredentialKind, ReachOf>>;
  /** What to say about another's object in the same account. `hidden`: like a missing one, as it cannot be listed either. */
  readonly others: 'forbidden' | 'hidden';
  /** True: asked about a collection, which the caller narrows to the reach that comes back. */
  readonly isList: boolean;
}

const nobody: ReachOf = () => null;
const everyone: ReachOf = () => 'account';
const onlyOwn: ReachOf = () => 'own';
const administrators: ReachOf = ({ administrator }) => (administrator ? 'account' : null);
const administratorsElseOwn: ReachOf = ({ administrator }) => (administrator ? 'account' : 'own');
const writers: ReachOf = (roles) => (mayWrite(roles) ? 'account' : null);
const managers: ReachOf = ({ administrator, team }) => (administrator || team === 'manager' ? 'account' : null);
const inviters: ReachOf = ({ administrator, team }) => (administrator || team !== 'read_only' ? 'account' : null);

/** What API keys are for, and authtokens are not. */
function byKey(reach: ReachOf, others: Rule['others']): Rule {
  return { reach: { api_key: reach, authtoken: nobody }, others, isList: false };
}

function listByKey(reach: ReachOf): Rule {
  return { ...byKey(reach, 'hidden'), isList: true };
}

/** What authtokens are for. Whoever has one may use it, also who only reads. */
const byToken: Rule = { reach: { api_key: nobody, authtoken: everyone }, others: 'forbidden', isList: false };

const otherRules: Readonly<Record<(typeof otherActions)[number], Rule>> = {
  'account.read': byKey(everyone, 'hidden'),
  'account.update': byKey(administrators, 'forbidden'),
  'audit.list': listByKey(administrators),
  // Own ones can do no more than their owner: whoever only reads may have them, too.
  'credential.create': byKey(administratorsElseOwn, 'forbidden'),
  'credential.list': listByKey(administratorsElseOwn),
  'credential.revoke': byKey(administratorsElseOwn, 'hidden'),
  'credential.update': byKey(administratorsElseOwn, 'hidden'),
  'endpoint.bind': byToken,
  // Whoever explains tries passwords without being counted, and reads the conditions of agents' rules: as much as those can do
  // who write rules. Who only reads looks up refusals of visitors.
  'policy.explain': byKey(writers, 'forbidden'),
  // What policies of agents read anybody can have who wrote them: they answer with it.
  'policy.readSecrets': { ...byToken, reach: { api_key: nobody, authtoken: writers } },
  'session.open': byToken,
  // Where a colleague's machine is and what runs there is theirs to know, and the administrators'.
  'session.list': listByKey(administratorsElseOwn),
  'session.restart': byKey(administratorsElseOwn, 'hidden'),
  'session.stop': byKey(administratorsElseOwn, 'hidden'),
  'session.update': byKey(administratorsElseOwn, 'hidden'),
  'serviceUser.create': byKey(administrators, 'forbidden'),
  'serviceUser.delete': byKey(administrators, 'forbidden'),
  'serviceUser.list': listByKey(everyone),
  'serviceUser.update': byKey(administrators, 'forbidden'),
  // Of nobody else, whoever one is: it lets into other accounts as well. The operator can reset them.
  'user.changePassword': byKey(onlyOwn, 'forbidden'),
  'user.changeSecondFactor': byKey(onlyOwn, 'forbidden'),
  'user.create': byKey(inviters, 'forbidden'),
  'user.delete': byKey(managers, 'forbidden'),
  'user.list': listByKey(everyone),
  // A name goes with its person into other accounts: it is nobody else's to change.
  'user.rename': byKey(onlyOwn, 'forbidden'),
  'user.update': byKey(managers, 'forbidden'),
};

/** Documents are the account's: who may change one may change them all. */
const documentReaches = { list: everyone, create: writers, update: writers, delete: writers } as const;
/** Who rules over the account as a whole can lock everybody out, and let everybody in. */
const ofWholeAccount: ReadonlySet<DocumentKind> = new Set(['accountRules', 'ipRestriction']);
const restrictionReaches = {
  list: everyone,
  create: administrators,
  update: administrators,
  delete: administrators,
} as const;
const reachesOf = (kind: DocumentKind) => (ofWholeAccount.has(kind) ? restrictionReaches : documentReaches);
const documentRules = Object.fromEntries(
  documentKinds.flatMap((kind) =>
    documentVerbs.map((verb) => [`${kind}.${verb}`, byKey(reachesOf(kind)[verb], 'hidden')]),
  ),
) as Readonly<Record<DocumentAction, Rule>>;

const rules: Readonly<Record<Action, Rule>> = { ...otherRules, ...documentRules };

/**
 * The one decider for principals: may this principal do that to this resource? Answers how far; throws when not.
 * Whoever looks an object up and finds none must throw `missing()`, so that foreign and absent objects look the same.
 *
 * @throws {AditError} 9100: not allowed. 9101: of another account, or another's and therefore hidden.
 */
export function authorize(principal: Principal, action: Action, resource: Resource): Reach {
  if (resource.accountId !== principal.accountId) throw missing();
  const rule = rules[action];
  const reach = rule.reach[principal.credentialKind](principal.roles);
  if (reach === null) throw new AditError(9100);
  if (resource.change && !mayGrant(principal.roles, resource.change)) throw beyondOwnRoles();
  const isCollection = rule.isList && resource.ownerId === null;
  if (reach === 'own' && !isCollection && resource.ownerId !== principal.userId) {
    throw rule.others === 'hidden' ? missing() : new AditError(9100);
  }
  return reach;
}

/** As `authorize`, for whoever goes on without it. */
export function isAuthorized(...asked: Parameters<typeof authorize>): boolean {
  try {
    authorize(...asked);
    return true;
  } catch (error) {
    if (error instanceof AditError) return false;
    throw error;
  }
}

function beyondOwnRoles(): AditError {
  const rule = 'only administrators act on administrators, and nobody gives more than they have';
  return new AditError(9100, `Cannot change what this user may do: ${rule}`);
}

/** The only answer for an object that is not there or not the principal's to know about. */
export function missing(): AditError {
  return new AditError(9101);
}
