/** Over the objects of the account. `read_only`: sees them, and opens endpoints with authtokens of their own. */
export const developerRoles = ['read_only', 'read_write'] as const;
export type DeveloperRole = (typeof developerRoles)[number];

/** Over its people. `read_only`: sees them. `invite_only`: brings new ones in. `manager`: changes and removes them as well. */
export const teamRoles = ['read_only', 'invite_only', 'manager'] as const;
export type TeamRole = (typeof teamRoles)[number];

/** What a member may do in an account; `authorize` holds the meaning. Each list above begins with the least. */
export interface Roles {
  /** All there is to do, whatever the other two say. */
  readonly administrator: boolean;
  readonly developer: DeveloperRole;
  readonly team: TeamRole;
}

/** Roles that most people have. */
export const usualRoles = {
  administrator: { administrator: true, developer: 'read_write', team: 'manager' },
  manager: { administrator: false, developer: 'read_write', team: 'manager' },
  developer: { administrator: false, developer: 'read_write', team: 'read_only' },
  viewer: { administrator: false, developer: 'read_only', team: 'read_only' },
} as const satisfies Record<string, Roles>;

export type UsualRole = keyof typeof usualRoles;

/** Whether they may change the objects of the account. */
export function mayWrite({ administrator, developer }: Roles): boolean {
  return administrator || developer === 'read_write';
}

/** A change of what a member is. */
export interface RoleChange {
  /** Null: a new member. */
  readonly from: Roles | null;
  /** Null: a member no more. */
  readonly to: Roles | null;
}

/** Only administrators act on administrators, and nobody gives more than they have themselves. */
export function mayGrant(giver: Roles, { from, to }: RoleChange): boolean {
  if (giver.administrator) return true;
  if (from?.administrator || to?.administrator) return false;
  if (to === null) return true;
  return (
    isWithin(developerRoles, giver.developer, [from?.developer, to.developer]) &&
    isWithin(teamRoles, giver.team, [from?.team, to.team])
  );
}

/** What stays as it was is given by nobody. */
function isWithin<L>(levels: readonly L[], own: L, [before, after]: [L | undefined, L]): boolean {
  return after === before || levels.indexOf(after) <= levels.indexOf(own);
}

export function areSame(a: Roles, b: Roles): boolean {
  return a.administrator === b.administrator && a.developer === b.developer && a.team === b.team;
}
