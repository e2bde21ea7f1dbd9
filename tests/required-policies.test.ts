import { expect, it } from 'vitest';
import { runExample } from './support/example.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi } from './support/visitor.ts';

it('examples/required-policies.sh: agents open what their token allows, with the policies that it and the account demand', async (context) => {
  requires(context, ['curl', 'openssl']);
  const server = await startServer();
  let visits = 0;
  const upstream = await startUpstream((_request, response) => {
    visits += 1;
    response.end('in');
  });
  const { code, stdout, stderr } = await runExample(server, 'required-policies.sh', upstream.port);
  expect([code, stderr], stdout).toEqual([0, '']);

  const requirement = 'Cannot open the endpoint: its credential requires';
  expect(stdout.split('\n')).toEqual([
    'A token for names below dev.localhost, with policies:',
    expect.stringMatching(/^ {2}bind:\*\.dev\.localhost.*require:basic-auth/),
    'Without the policies:',
    `  ${requirement} restrict-ips {"allow":["127.0.0.0/8"]}; basic-auth`,
    'With one of them:',
    `  ${requirement} restrict-ips {"allow":["127.0.0.0/8"]}`,
    'With addresses that are others:',
    `  ${requirement} restrict-ips {"allow":["127.0.0.0/8"]}`,
    'Under another name:',
    '  Cannot use "shop.localhost": the ACL of the credential does not allow it',
    'As it must be:',
    expect.stringMatching(/^ {2}https:\/\/shop\.dev\.localhost/),
    'A visitor without the password: 401',
    'With it: 200',
    'The token demands something else; the endpoint ends:',
    `  ${requirement} verify-webhook`,
    'Rules of the account: no endpoint without a list of addresses, and no robots at any:',
    'Any token, without the list:',
    '  Cannot open the endpoint: its account requires restrict-ips {"allow":["127.0.0.0/8"]}',
    'With it:',
    expect.stringMatching(/^ {2}https:\/\/open\.localhost/),
    'A visitor: 200',
    'A robot: 403',
    '',
  ]);
  expect(visits).toBeGreaterThan(0);
  const get = async (path: string) => (await callApi(server, firstRunOf(server).apiKey, { method: 'GET', path })).json;
  expect((await get('/credentials'))['credentials']).toHaveLength(1);
  expect((await get('/account_rules'))['account_rules']).toEqual([]);
}, 180_000); // Eight agents and six calls of `adit api`, each a process that starts.
