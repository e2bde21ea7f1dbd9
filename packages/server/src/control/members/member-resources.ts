import { botUsers, type ResourceContract, serviceUsers, users } from '@adit/contracts/api';

/** All in which people and service users differ. */
export interface MemberResource {
  /** The first part of what is asked of the decider. */
  readonly kind: 'user' | 'serviceUser';
  readonly idPrefix: 'usr' | 'bot';
  readonly contract: ResourceContract & { readonly idKind: 'user' | 'serviceUser' };
  /** Whether changing the name is an action of its own. */
  readonly hasOwnName: boolean;
}

const people = { kind: 'user', idPrefix: 'usr', hasOwnName: true } as const;
const programs = { kind: 'serviceUser', idPrefix: 'bot', hasOwnName: false } as const;

export const memberResources: readonly MemberResource[] = [
  { ...people, contract: { ...users, idKind: people.kind } },
  { ...programs, contract: { ...serviceUsers, idKind: programs.kind } },
  { ...programs, contract: { ...botUsers, idKind: programs.kind } },
];
