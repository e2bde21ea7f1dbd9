// Traffic policies as people give them to the agent: a file, a URL, the configuration.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startAgent } from './support/agent.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, newDataDir, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

const rules = `# the office only
on_http_request:
  - expressions: ["req.url.path.startsWith('/admin')"]
    actions:
      - type: deny
        config: { status_code: 404 }
`;

test.each(['file', 'url'])('--traffic-policy-%s is in force for the first visitor', async (how) => {
  const server = await startServer();
  const file = join(await newDataDir(), 'rules.yml');
  await writeFile(file, rules);
  const policies = await startUpstream((_, response) => void response.end(rules));
  const service = await startUpstream((_, response) => void response.end('in'));
  const value = how === 'file' ? file : `http://localhost:${policies.port}/rules.yml`;
  const { authtoken } = firstRunOf(server);
  const agent = await startAgent(server, service.port, { authtoken, args: [`--traffic-policy-${how}`, value] });
  expect(await visit(server, `${agent.url}/admin/x`)).toMatchObject({ status: 404 });
  expect(await visit(server, agent.url)).toMatchObject({ status: 200, body: 'in' });
});

test('a mistake in a policy ends the command with its line and column', async () => {
  const server = await startServer();
  const file = join(await newDataDir(), 'rules.yml');
  await writeFile(file, rules.replace('type: deny', 'type: denny').replace('status_code', 'status'));
  const adit = fileURLToPath(new URL('../packages/cli/bin/adit.mjs', import.meta.url));
  const words = ['http', '3000', '--traffic-policy-file', file, '--connect-url', server.ready.connect];
  const { status, stderr } = spawnSync(process.execPath, [adit, ...words, '--connect-cas', server.ready.caFile], {
    env: {
      PATH: process.env['PATH'],
      ADIT_AUTHTOKEN: firstRunOf(server).authtoken,
      XDG_STATE_HOME: await newDataDir(),
    },
    encoding: 'utf8',
  });
  expect(stderr).toMatch(
    /^adit: Cannot take the policy: line 5, column \d+ \(on_http_request\[0\]\.actions\[0\]\.type\): /,
  );
  expect(stderr).toContain('did you mean "deny"?');
  expect(status).toBe(2);
});

test('traffic_policy of the configuration file is in force', async () => {
  const server = await startServer();
  const dir = await newDataDir();
  const service = await startUpstream((_, response) => void response.end('in'));
  const agent = `{ connect_url: ${server.ready.connect}, connect_cas: ${server.ready.caFile}, web_addr: false }`;
  const policy = rules.replaceAll(/^/gm, '      ');
  const endpoint = `  - name: web\n    upstream: { url: ${service.port} }\n    traffic_policy:\n${policy}`;
  await writeFile(join(dir, 'adit.yml'), `version: 3\nagent: ${agent}\nendpoints:\n${endpoint}`);
  const env = { ADIT_AUTHTOKEN: firstRunOf(server).authtoken, XDG_STATE_HOME: dir };
  const running = startAdit(['start', '--all', '--config', join(dir, 'adit.yml')], env);
  onTestFinished(async () => void (await running.stop('SIGKILL')));
  const url = await running.waitFor((line) => {
    const event = JSON.parse(line) as { msg: string; url?: string };
    return event.msg === 'started tunnel' ? event.url : undefined;
  });
  expect(await visit(server, `${url}/admin`)).toMatchObject({ status: 404 });
  expect(await visit(server, url)).toMatchObject({ status: 200, body: 'in' });
});
