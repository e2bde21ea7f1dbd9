import { AditError, newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { actions, authorize, missing, type Resource } from './authorize.ts';
import type { CredentialKind } from './entities.ts';
import type { Principal } from './principal.ts';
import { type RoleChange, type Roles, usualRoles } from './roles.ts';

const accountId = newId('account', 1);
const userId = newId('user', 1);

const cast: Readonly<Record<string, Roles>> = {
  ...usualRoles,
  // Of each list one that the usual roles lack.
  inviter: { administrator: false, developer: 'read_only', team: 'invite_only' },
};

function principal(roles: Roles, credentialKind: CredentialKind): Principal {
  return { accountId, userId, roles, credentialKind, credentialId: newId('apiKey', 1), acl: [] };
}

const resources: Record<string, Resource> = {
  own: { accountId, ownerId: userId },
  "another's": { accountId, ownerId: newId('user', 1) },
  "nobody's": { accountId, ownerId: null },
  'foreign, own': { accountId: newId('account', 1), ownerId: userId },
  "foreign, nobody's": { accountId: newId('account', 1), ownerId: null },
};

function outcome(act: () => string): string {
  try {
    return act();
  } catch (error) {
    if (error instanceof AditError) return String(error.code);
    throw error;
  }
}

test('authorize() decides as the golden table says', async () => {
  const lines: string[] = [];
  for (const action of actions) {
    for (const kind of ['api_key', 'authtoken'] as const) {
      for (const [name, roles] of Object.entries(cast)) {
        for (const [what, resource] of Object.entries(resources)) {
          const decided = outcome(() => authorize(principal(roles, kind), action, resource));
          lines.push([action.padEnd(27), `${name}'s ${kind}`.padEnd(24), what.padEnd(18), decided].join(' '));
        }
      }
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./authorize.golden.txt');
});

test('authorize() answers for a foreign object exactly what a look-up answers for a missing one', () => {
  const denied = () =>
    authorize(
      principal(usualRoles.administrator, 'api_key'),
      'credential.revoke',
      resources['foreign, own'] as Resource,
    );
  expect(denied).toThrow(AditError);
  const error = missing();
  expect(denied).toThrow(expect.objectContaining({ code: error.code, message: error.message, details: error.details }));
});

test('authorize() fails closed on an action it does not know', () => {
  const resource = { accountId, ownerId: userId };
  expect(() => authorize(principal(usualRoles.administrator, 'api_key'), 'x' as 'endpoint.list', resource)).toThrow(
    TypeError,
  );
});

const { administrator, developer, manager, viewer } = usualRoles;
const lesserManager = { administrator: false, developer: 'read_only', team: 'manager' } as const;

test.each<[string, Roles, RoleChange, 'allowed' | 'refused']>([
  ['an administrator makes another', administrator, { from: null, to: administrator }, 'allowed'],
  ['an administrator makes a developer of one', administrator, { from: administrator, to: developer }, 'allowed'],
  ['a manager makes an administrator', manager, { from: developer, to: administrator }, 'refused'],
  ['a manager makes a developer of an administrator', manager, { from: administrator, to: developer }, 'refused'],
  ['a manager leaves an administrator as they are', manager, { from: administrator, to: administrator }, 'refused'],
  ['a manager removes an administrator', manager, { from: administrator, to: null }, 'refused'],
  ['a manager removes a manager', manager, { from: manager, to: null }, 'allowed'],
  ['a manager makes a manager', manager, { from: viewer, to: manager }, 'allowed'],
  ['one who only reads gives the right to write', lesserManager, { from: viewer, to: developer }, 'refused'],
  ['one who only reads brings in a writer', lesserManager, { from: null, to: developer }, 'refused'],
  ['one who only reads takes the right to write', lesserManager, { from: developer, to: viewer }, 'allowed'],
  ['one who only reads leaves a writer one', lesserManager, { from: developer, to: manager }, 'allowed'],
])('authorize() about members: %s', (_, giver, change, expected) => {
  const resource = { accountId, ownerId: newId('user', 1), change };
  const decided = outcome(() => authorize(principal(giver, 'api_key'), 'user.update', resource));
  expect(decided).toBe(expected === 'allowed' ? 'account' : '9100');
});
