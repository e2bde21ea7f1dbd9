import { expect, it } from 'vitest';
import { runExample } from './support/example.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi } from './support/visitor.ts';

it('examples/ip-restrictions.sh: visitors, agents and callers come from where the rules of the moment say', async (context) => {
  requires(context, ['curl']);
  context.skip(process.platform !== 'linux', 'needs a second address on loopback, as only Linux has');
  const server = await startServer();
  const seen: unknown[] = [];
  const upstream = await startUpstream((request, response) => {
    seen.push(request.headers['x-forwarded-for']);
    response.end('in');
  });
  const { code, stdout, stderr } = await runExample(server, 'ip-restrictions.sh', upstream.port);
  expect([code, stderr], stdout).toEqual([0, '']);

  // It looks again while a change is on its way: the last look counts.
  const lastLooks = stdout.replaceAll(/^( {2}a visitor from \S+: ).*\n(?=\1)/gm, '');
  expect(lastLooks.split('\n')).toEqual([
    'An endpoint that allows 127.0.0.0/8, but for 127.0.0.2:',
    '  a visitor from 127.0.0.1: 200 welcome',
    '  a visitor from 127.0.0.2: 403 ERR_ADIT_3205',
    'An endpoint that allows everybody, in an account that allows visitors from 127.0.0.1:',
    '  a visitor from 127.0.0.1: 200 welcome',
    '  a visitor from 127.0.0.2: 403 ERR_ADIT_3205',
    'Visitors are allowed from 192.0.2.0/24 only:',
    '  a visitor from 127.0.0.1: 403 ERR_ADIT_3205',
    'And from 127.0.0.1 again:',
    '  a visitor from 127.0.0.1: 200 welcome',
    'Agents are allowed from 127.0.0.1, where they are:',
    '  a visitor from 127.0.0.1: 200 welcome',
    'Agents are allowed from 192.0.2.0/24 only, and their endpoints go with them:',
    '  a visitor from 127.0.0.1: 404 ERR_ADIT_3200',
    'Another agent starts:',
    '  adit: Agents may not connect from this address',
    expect.stringMatching(/\(ERR_ADIT_115\)$/),
    'The API itself, from 192.0.2.0/24 only:',
    expect.stringMatching(/^ {2}adit: .*"127\.0\.0\.1".*\(ERR_ADIT_9116\)$/),
    '',
  ]);

  // Whom it says to be refused the service never saw.
  const entered = stdout.match(/: 200 welcome$|: \d+ cut$/gm) ?? [];
  expect(seen.length).toBeLessThanOrEqual(entered.length);
  expect(new Set(seen)).toEqual(new Set(['127.0.0.1']));
  for (const path of ['/ip_restrictions', '/ip_policies', '/ip_policy_rules']) {
    const { json } = await callApi(server, firstRunOf(server).apiKey, { method: 'GET', path });
    expect(json[path.slice(1)]).toEqual([]);
  }
}, 180_000); // Three agents and twenty calls of `adit api`, each a process that starts.
