import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testIo } from '../../command-io.testkit.ts';
import { loadConfig } from '../../config/load-config.ts';
import { runSafely } from '../../run-safely.ts';
import { runUpgrade } from './run-upgrade.ts';

let dir: string;
let file: string;
let home: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-upgrade-'));
  file = join(dir, 'old.yml');
  home = join(dir, 'home/adit/adit.yml');
});
afterEach(() => rm(dir, { recursive: true }));

async function upgrade(text: string, options: Record<string, string> = {}, words: string[] = []) {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
  const io = testIo({ env: { XDG_CONFIG_HOME: join(dir, 'home') } });
  const exitCode = await runSafely(io, () =>
    runUpgrade({ arguments: words, options: { config: [file], ...options } }, io),
  );
  return { exitCode, stdout: io.out.text, stderr: io.err.text };
}

const old = `# Company agent
version: "2"
region: eu
# our server
server_addr: a:443 # internal
root_cas: ca.pem
authtoken: hunter2
tunnels:
  # the shop
  web:
    proto: http
    # where it runs
    addr: 3000
    subdomain: shop # public name
    proxy_proto: 2
  db: {proto: tcp, addr: 5432}
`;

it('upgrades, keeps comments, and means the same as before', async () => {
  await writeFile(file, old, { mode: 0o600 });
  const before = await loadConfig({}, [file]);
  const { exitCode, stdout } = await upgrade(old);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: `"${file}" is in version 3 now; as it was: "${file}.bak".\n`,
  });
  expect(await readFile(file, 'utf8')).toMatchInlineSnapshot(`
    "# Company agent
    version: 3
    agent:
      # our server
      connect_url: a:443 # internal
      connect_cas: ca.pem
      authtoken: hunter2
    endpoints:
      # the shop
      - name: web
        # public name
        url: https://shop
        upstream:
          # where it runs
          url: "3000"
          proxy_protocol: 2
      - name: db
        url: tcp://
        upstream:
          url: "5432"
    "
  `);
  const after = await loadConfig({}, [file]);
  expect({ ...after, warnings: [] }).toEqual({ ...before, warnings: [] });
  expect(await readFile(`${file}.bak`, 'utf8')).toBe(old);
  expect((await stat(`${file}.bak`)).mode & 0o777).toBe(0o600);
});

it('never overwrites a backup', async () => {
  await writeFile(`${file}.bak`, 'precious');
  await upgrade(old);
  expect(await readFile(`${file}.bak`, 'utf8')).toBe('precious');
  expect(await readFile(`${file}.1.bak`, 'utf8')).toBe(old);
});

it('--dry-run shows the result without secrets, and changes nothing', async () => {
  const withKey = old.replace('authtoken:', 'api_key: hunter2\nauthtoken:');
  const { exitCode, stdout } = await upgrade(withKey, { 'dry-run': 'true' });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('connect_url: a:443');
  expect(stdout).not.toContain('hunter2');
  expect(await readFile(file, 'utf8')).toBe(withKey);
  await expect(stat(`${file}.bak`)).rejects.toThrow('ENOENT');
});

it('--relocate moves the file; its paths lead where they led', async () => {
  expect(await upgrade(old, { relocate: 'true' })).toMatchObject({ exitCode: 0 });
  const moved = await loadConfig({ XDG_CONFIG_HOME: join(dir, 'home') }, []);
  expect(moved.file).toBe(home);
  expect(moved.agent.connect_cas).toBe(join(dir, 'ca.pem'));
  expect(await readFile(home, 'utf8')).toContain('# our server');
  await expect(stat(file)).rejects.toThrow('ENOENT');
  expect(await readFile(`${file}.bak`, 'utf8')).toBe(old);
});

it('--relocate overwrites nothing', async () => {
  await mkdir(join(dir, 'home/adit'), { recursive: true });
  await writeFile(home, 'precious');
  expect(await upgrade(old, { relocate: 'true' })).toMatchObject({ exitCode: 2 });
  expect(await readFile(home, 'utf8')).toBe('precious');
  expect(await readFile(file, 'utf8')).toBe(old);
});

it('also moves tunnels out of a file of version 3', async () => {
  await upgrade('version: 3\nagent: {}\ntunnels: {t: {proto: http, addr: 1}}\n');
  expect((await loadConfig({}, [file])).endpoints).toEqual([{ name: 't', url: 'https://', upstream: { url: '1' } }]);
  expect(await readFile(file, 'utf8')).not.toContain('tunnels');
});

const withPolicies = `version: 2
tunnels:
  web:
    proto: http
    addr: 3000
    # who may come
    auth: "ann:hunter2hunter2"
    compression: true
    circuit_breaker: 0.5
    request_header:
      add: ["authorization: hunter2"] # for the shop
      remove: [cookie]
    verify_webhook: {provider: github, secret: hunter2}
    user_agent_filter:
      # crawlers
      deny: [bot]
    # the rules
    policy:
      inbound:
        - name: "closed at night" # by decision
          expressions: ["req.url.query == 'hunter2'"]
          actions: [{type: deny, config: {status_code: 404, x: [hunter2]}}]
`;

it('carries policies over as they are written', async () => {
  await writeFile(file, withPolicies, { mode: 0o600 });
  const before = await loadConfig({}, [file]);
  expect(await upgrade(withPolicies)).toMatchObject({ exitCode: 0 });
  expect(await loadConfig({}, [file])).toEqual(before);
  expect(await readFile(file, 'utf8')).toMatchInlineSnapshot(`
    "version: 3
    agent: {}
    endpoints:
      - name: web
        url: https://
        upstream:
          url: "3000"
        circuit_breaker: 0.5
        compression: true
        request_header:
          add: [ "authorization: hunter2" ] # for the shop
          remove: [ cookie ]
        user_agent_filter:
          # crawlers
          deny: [ bot ]
        verify_webhook: { provider: github, secret: hunter2 }
        # who may come
        basic_auth:
          - ann:hunter2hunter2
        # the rules
        traffic_policy:
          inbound:
            - name: "closed at night" # by decision
              expressions: [ "req.url.query == 'hunter2'" ]
              actions: [ { type: deny, config: { status_code: 404, x: [ hunter2 ] } } ]
    "
  `);
});

it('--dry-run shows no secret of an endpoint', async () => {
  const { exitCode, stdout } = await upgrade(withPolicies, { 'dry-run': 'true' });
  expect(exitCode).toBe(0);
  expect(stdout).not.toContain('hunter2');
  expect(stdout).toContain('closed at night');
});

it('--relocate leads to the files of policies where they were', async () => {
  const keys = 'traffic_policy_file: a.yml, basic_auth_file: b.txt, verify_webhook: {provider: x, secret_file: /c}';
  await upgrade(`version: 3\nagent: {}\nendpoints: [{name: x, upstream: {url: 1}, ${keys}}]\n`, { relocate: 'true' });
  const { endpoints } = await loadConfig({ XDG_CONFIG_HOME: join(dir, 'home') }, []);
  expect(endpoints).toMatchObject([
    {
      traffic_policy_file: join(dir, 'a.yml'),
      basic_auth_file: join(dir, 'b.txt'),
      verify_webhook: { secret_file: '/c' },
    },
  ]);
});

it('leaves a file of version 3 alone', async () => {
  const text = 'version: 3\nagent: {}\n';
  expect(await upgrade(text)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('already') });
  expect(await readFile(file, 'utf8')).toBe(text);
});

it.each([
  ['version: 2\ntunnels: {t: {proto: http, addr: 1, oauth: {}}}\n', [], 'logins of visitors'],
  ['version: 3\nagent: {}\n', ['2'], 'there is only version 3'],
])('refuses %j to version %j and changes nothing', async (text, words, message) => {
  const { exitCode, stderr } = await upgrade(text, {}, words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(message) });
  expect(await readFile(file, 'utf8')).toBe(text);
});
