import { z } from 'zod';
import type { IdKind } from '../ids/id.ts';
import type { FilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { idOfPath, type ResourceContract } from './resource.ts';
import { text, timestamp } from './text.ts';

const developer = z.enum(['read_only', 'read_write']);
const team = z.enum(['read_only', 'invite_only', 'manager']);

const shownRoles = z
  .object({
    administrator: z.boolean().describe('All there is to do, whatever the other two say.'),
    developer: developer.describe('Over the objects of the account: sees them, or changes them as well.'),
    team: team.describe('Over its people: sees them, brings new ones in, or changes and removes them as well.'),
  })
  .meta({ id: 'Roles' });

const filterFields = {
  ...{ id: 'id', created_at: 'timestamp', name: 'string', active: 'bool' },
  ...{ 'roles.administrator': 'bool', 'roles.developer': 'string', 'roles.team': 'string' },
} as const satisfies FilterFields;

interface MemberOptions {
  readonly title: string;
  readonly idKind: IdKind;
  readonly path: string;
  readonly listKey: string;
  /** See `ResourceContract`. */
  readonly name: string;
  readonly id: string;
  readonly renamed: string;
}

/** Who is in an account and may do something there: people, or service users. */
function members({ title, idKind, path, listKey, name, id, renamed }: MemberOptions): ResourceContract {
  const called = text(255).min(1);
  const rolesOf = (absent: { developer: string; team: string; administrator: string }) =>
    z
      .strictObject({
        administrator: z.boolean().nullish().describe(`Default: ${absent.administrator}.`),
        developer: developer.nullish().describe(`Default: ${absent.developer}.`),
        team: team.nullish().describe(`Default: ${absent.team}.`),
      })
      .nullish();
  const object = z
    .object({
      id: z.string().describe(id),
      uri: z.string().describe('Absolute URL of this object.'),
      created_at: timestamp().describe('When it was made (RFC 3339, UTC).'),
      name: z.string().describe('What people call it.'),
      active: z.boolean().describe('False: its credentials stay, and open nothing.'),
      roles: shownRoles.describe('What it may do in the account.'),
    })
    .meta({ id: name });
  const create = z.strictObject({
    name: called.describe('What people call it. Unique in the account. At most 255 bytes.'),
    active: z.boolean().nullish().describe('False: it can do nothing yet. Default: true.'),
    roles: rolesOf({ developer: 'read_write', team: 'read_only', administrator: 'false' }).describe(
      'What it may do: at most what the caller may.',
    ),
  });
  const asItIs = 'as it is';
  const update = z.strictObject({
    ...idOfPath,
    name: called.nullish().describe(renamed),
    active: z.boolean().nullish().describe('False: what its credentials let in is cut off. Default: as it is.'),
    roles: rolesOf({ developer: asItIs, team: asItIs, administrator: asItIs }).describe(
      'Other roles: at most what the caller has. Default: as they are.',
    ),
  });
  return {
    ...{ title, idKind, name, path, listKey, object, filterFields },
    create: create.meta({ id: `${name}Create` }),
    update: update.meta({ id: `${name}Update` }),
    list: z.object({ [listKey]: z.array(object).describe('Newest first.'), ...listFields }).meta({ id: `${name}List` }),
  };
}

/** People, as members of the account. */
export const users: ResourceContract = members({
  ...{ title: 'a user', idKind: 'user', path: '/users', listKey: 'users', name: 'User' },
  id: 'Id of the user (`usr_…`).',
  renamed: "Another name; one's own only. Default: as it is.",
});

const serviceUser = { idKind: 'serviceUser', id: 'Id of the service user (`bot_…`).' } as const;
const renamed = 'Another name. Default: as it is.';

/** Programs that are nobody's: a service user's credentials stay when people go. */
export const serviceUsers: ResourceContract = members({
  ...{ title: 'a service user', path: '/service_users', listKey: 'service_users', name: 'ServiceUser', renamed },
  ...serviceUser,
});

/** Service users under the name that older clients know them by. */
export const botUsers: ResourceContract = members({
  ...{ title: 'a bot user', path: '/bot_users', listKey: 'bot_users', name: 'BotUser', renamed },
  ...serviceUser,
});

/** What the server reads of both bodies, once nulls at the top are gone. */
export interface MemberInput {
  readonly id?: string;
  readonly name?: string;
  readonly active?: boolean;
  readonly roles?: {
    readonly administrator?: boolean | null | undefined;
    readonly developer?: z.infer<typeof developer> | null | undefined;
    readonly team?: z.infer<typeof team> | null | undefined;
  };
}
