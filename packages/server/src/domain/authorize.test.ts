import { AditError, newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { actions, authorize, missing, type Resource } from './authorize.ts';
import type { CredentialKind, Role } from './entities.ts';
import type { Principal } from './principal.ts';

const accountId = newId('account', 1);
const userId = newId('user', 1);

function principal(role: Role, credentialKind: CredentialKind): Principal {
  return { accountId, userId, role, credentialKind, credentialId: newId('apiKey', 1), acl: [] };
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
      for (const role of ['administrator', 'developer'] as const) {
        for (const [what, resource] of Object.entries(resources)) {
          const decided = outcome(() => authorize(principal(role, kind), action, resource));
          lines.push([action.padEnd(18), `${role}'s ${kind}`.padEnd(24), what.padEnd(18), decided].join(' '));
        }
      }
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./authorize.golden.txt');
});

test('authorize() answers for a foreign object exactly what a look-up answers for a missing one', () => {
  const denied = () =>
    authorize(principal('administrator', 'api_key'), 'credential.revoke', resources['foreign, own'] as Resource);
  expect(denied).toThrow(AditError);
  const error = missing();
  expect(denied).toThrow(expect.objectContaining({ code: error.code, message: error.message, details: error.details }));
});

test('authorize() fails closed on an action it does not know', () => {
  const resource = { accountId, ownerId: userId };
  expect(() => authorize(principal('administrator', 'api_key'), 'x' as 'endpoint.list', resource)).toThrow(TypeError);
});
