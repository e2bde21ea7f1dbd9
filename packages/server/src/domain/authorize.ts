import { AditError, type Id } from '@adit/contracts';
import { type DocumentKind, documentKinds } from './document.ts';
import type { CredentialKind, Role } from './entities.ts';
import type { Principal } from './principal.ts';

/** What can be asked of each kind of document. To read one is to list it. */
const documentVerbs = ['create', 'list', 'update', 'delete'] as const;
export type DocumentAction = `${DocumentKind}.${(typeof documentVerbs)[number]}`;

const otherActions = [
  'audit.list',
  'credential.create',
  'credential.list',
  'credential.revoke',
  'credential.update',
  'endpoint.list',
  'endpoint.bind',
  'session.open',
  'session.list',
  'session.restart',
  'session.stop',
  'session.update',
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
  readonly ownerId: Id<'user'> | null;
}

/** How far an allowed action goes: all of the account, or what the principal owns. A list must narrow itself to it. */
export type Reach = 'account' | 'own';

interface Rule {
  readonly reach: Readonly<Record<CredentialKind, Readonly<Record<Role, Reach | null>>>>;
  /** What to say about another's object in the same account. `hidden`: like a missing one, as it cannot be listed either. */
  readonly others: 'forbidden' | 'hidden';
  /** True: asked about a collection, which the caller narrows to the reach that comes back. */
  readonly isList: boolean;
}

const nobody = { administrator: null, developer: null } as const;
const everyone = { administrator: 'account', developer: 'account' } as const;
const administrators = { administrator: 'account', developer: null } as const;
const onlyOwn = { administrator: 'own', developer: 'own' } as const;
const developersOwn = { administrator: 'account', developer: 'own' } as const;

const otherRules: Readonly<Record<(typeof otherActions)[number], Rule>> = {
  'audit.list': { reach: { api_key: administrators, authtoken: nobody }, others: 'forbidden', isList: true },
  // Nobody makes a secret in another's name: it would be seen by the wrong person.
  'credential.create': { reach: { api_key: onlyOwn, authtoken: nobody }, others: 'forbidden', isList: false },
  'credential.list': { reach: { api_key: developersOwn, authtoken: nobody }, others: 'hidden', isList: true },
  'credential.revoke': { reach: { api_key: developersOwn, authtoken: nobody }, others: 'hidden', isList: false },
  'credential.update': { reach: { api_key: developersOwn, authtoken: nobody }, others: 'hidden', isList: false },
  'endpoint.list': { reach: { api_key: everyone, authtoken: nobody }, others: 'hidden', isList: true },
  'endpoint.bind': { reach: { api_key: nobody, authtoken: everyone }, others: 'forbidden', isList: false },
  'session.open': { reach: { api_key: nobody, authtoken: everyone }, others: 'forbidden', isList: false },
  // Where a colleague's machine is and what runs there is theirs to know, and the administrators'.
  'session.list': { reach: { api_key: developersOwn, authtoken: nobody }, others: 'hidden', isList: true },
  'session.restart': { reach: { api_key: developersOwn, authtoken: nobody }, others: 'hidden', isList: false },
  'session.stop': { reach: { api_key: developersOwn, authtoken: nobody }, others: 'hidden', isList: false },
  'session.update': { reach: { api_key: developersOwn, authtoken: nobody }, others: 'hidden', isList: false },
};

/** Documents are the account's: who may make them may change them all. */
const documentRule: Rule = { reach: { api_key: everyone, authtoken: nobody }, others: 'hidden', isList: true };
const documentRules = Object.fromEntries(
  documentKinds.flatMap((kind) => documentVerbs.map((verb) => [`${kind}.${verb}`, documentRule])),
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
  const reach = rule.reach[principal.credentialKind][principal.role];
  if (reach === null) throw new AditError(9100);
  const isCollection = rule.isList && resource.ownerId === null;
  if (reach === 'own' && !isCollection && resource.ownerId !== principal.userId) {
    throw rule.others === 'hidden' ? missing() : new AditError(9100);
  }
  return reach;
}

/** The only answer for an object that is not there or not the principal's to know about. */
export function missing(): AditError {
  return new AditError(9101);
}
