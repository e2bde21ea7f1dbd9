import { afterAll, beforeAll, expect, test } from 'vitest';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { makeOne } from './samples.testkit.ts';

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

test('an SSH key can require the policies that there are, and no others', async () => {
  const { id } = await makeOne(world, admin, 'sshCredential');
  const headers = { authorization: `Bearer ${admin.key}` };
  const change = async (acl: string[]) =>
    (await world.app.inject({ method: 'PATCH', url: `/ssh_credentials/${id}`, payload: { acl }, headers })).json();
  expect(await change(['require:restrict-ips {}'])).toMatchObject({ acl: ['require:restrict-ips'] });
  expect(await change(['require:restrict-ip'])).toMatchObject({ error_code: 'ERR_ADIT_600' });
  expect(await change(['require:restrict-ips {"alow":[]}'])).toMatchObject({
    error_code: 'ERR_ADIT_600',
    msg: expect.stringContaining('Cannot use the ACL rule "require:restrict-ips": "alow" is no field here'),
  });
});
