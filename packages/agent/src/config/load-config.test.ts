import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from './load-config.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-config-'));
  file = join(dir, 'adit.yml');
});
afterEach(() => rm(dir, { recursive: true }));

async function load(text: string, mode = 0o600) {
  await writeFile(file, text);
  await chmod(file, mode);
  return await loadConfig({}, [file]);
}

const agentLines = `
  authtoken: tok
  connect_url: a:443
  connect_cas: ca.pem
  connect_timeout: 5s
  heartbeat_interval: 1m30s
  heartbeat_tolerance: 500ms
  proxy_url: http://proxy:3128
  metadata: m
  console_ui: iftty
  log: logs/agent.log
  log_format: logfmt
  log_level: crit
  inspect_db_size: -1
  web_addr: false
  web_allow_hosts: [.example.com]
  remote_management: false
  update_check: false
`;

test('loadConfig() reads every key of the agent; paths are relative to the file', async () => {
  const { agent, warnings } = await load(`version: 3\nagent:${agentLines}`);
  expect(warnings).toEqual([]);
  expect(agent).toEqual({
    authtoken: 'tok',
    connect_url: 'a:443',
    connect_cas: join(dir, 'ca.pem'),
    connect_timeout: '5s',
    heartbeat_interval: '1m30s',
    heartbeat_tolerance: '500ms',
    proxy_url: 'http://proxy:3128',
    metadata: 'm',
    console_ui: 'iftty',
    log: join(dir, 'logs/agent.log'),
    log_format: 'logfmt',
    log_level: 'crit',
    inspect_db_size: -1,
    web_addr: false,
    web_allow_hosts: ['.example.com'],
    remote_management: false,
    update_check: false,
  });
});

test('loadConfig() reads every key of an endpoint', async () => {
  const { endpoints } = await load(`version: 3
agent: {}
endpoints:
  - name: web
    url: tls://app.example.com
    bindings: [public]
    description: d
    metadata: m
    inspect: false
    pooling_enabled: true
    allow_cidrs: [10.0.0.0/8]
    deny_cidrs: [10.1.0.0/16]
    traffic_policy: { on_tcp_connect: [] }
    traffic_policy_file: rules.yml
    traffic_policy_url: https://a/rules.yml
    basic_auth: ["ann:hunter2"]
    basic_auth_file: passwords
    circuit_breaker: 0.5
    compression: true
    websocket_tcp_converter: true
    request_header: { add: ["a: b"], remove: [c] }
    response_header: { add: ["d: e"] }
    user_agent_filter: { allow: [f], deny: [g] }
    verify_webhook: { provider: github, secret: hunter2, secret_file: secret }
    upstream:
      url: 8080
      protocol: http2
      proxy_protocol: "2"
      host_header: rewrite
      tls_verify: true
      tls_verify_cas: up.pem
    agent_tls_termination:
      server_certificate: crt.pem
      server_private_key: /key.pem
      mutual_tls_certificate_authorities: ["-----BEGIN CERTIFICATE-----\\nx"]
`);
  expect(endpoints).toEqual([
    {
      name: 'web',
      url: 'tls://app.example.com',
      bindings: ['public'],
      description: 'd',
      metadata: 'm',
      inspect: false,
      pooling_enabled: true,
      allow_cidrs: ['10.0.0.0/8'],
      deny_cidrs: ['10.1.0.0/16'],
      traffic_policy: { on_tcp_connect: [] },
      traffic_policy_file: join(dir, 'rules.yml'),
      traffic_policy_url: 'https://a/rules.yml',
      basic_auth: ['ann:hunter2'],
      basic_auth_file: join(dir, 'passwords'),
      circuit_breaker: 0.5,
      compression: true,
      websocket_tcp_converter: true,
      request_header: { add: ['a: b'], remove: ['c'] },
      response_header: { add: ['d: e'] },
      user_agent_filter: { allow: ['f'], deny: ['g'] },
      verify_webhook: { provider: 'github', secret: 'hunter2', secret_file: join(dir, 'secret') },
      upstream: {
        url: '8080',
        protocol: 'http2',
        proxy_protocol: 2,
        host_header: 'rewrite',
        tls_verify: true,
        tls_verify_cas: join(dir, 'up.pem'),
      },
      agent_tls_termination: {
        server_certificate: join(dir, 'crt.pem'),
        server_private_key: '/key.pem',
        mutual_tls_certificate_authorities: ['-----BEGIN CERTIFICATE-----\nx'],
      },
    },
  ]);
});

test('loadConfig() reads a file of version 2 into the same words', async () => {
  const loaded = await load(`version: "2"
server_addr: a:443
root_cas: ca.pem
authtoken: tok
region: eu
tunnels:
  web:
    proto: http
    addr: 3000
    schemes: [http, https]
    subdomain: app
    host_header: rewrite
    proxy_proto: 2
    inspect: false
    ip_restriction: { allow_cidrs: [10.0.0.0/8], deny_cidrs: [10.1.0.0/16] }
  db: { proto: tcp, addr: "localhost:5432", remote_addr: "example.com:5432", metadata: m, proxy_proto: 0 }
  own: { proto: tls, addr: 443, hostname: own.example.com, crt: c.pem, key: k.pem, mutual_tls_cas: m.pem }
  known: { proto: http, addr: 8080, mutual_tls_cas: m.pem }
  ended: { proto: tls, addr: 8443, mutual_tls_cas: m.pem, terminate_at: edge }
`);
  const shared = {
    inspect: false,
    allow_cidrs: ['10.0.0.0/8'],
    deny_cidrs: ['10.1.0.0/16'],
    upstream: { url: '3000', host_header: 'rewrite', proxy_protocol: 2 },
  };
  expect(loaded.agent).toEqual({ connect_url: 'a:443', connect_cas: join(dir, 'ca.pem'), authtoken: 'tok' });
  expect(loaded.endpoints).toEqual([
    { name: 'web', url: 'https://app', ...shared },
    { name: 'web-http', url: 'http://app', ...shared },
    { name: 'db', url: 'tcp://example.com:5432', metadata: 'm', upstream: { url: 'localhost:5432' } },
    {
      name: 'own',
      url: 'tls://own.example.com',
      upstream: { url: '443' },
      agent_tls_termination: {
        server_certificate: join(dir, 'c.pem'),
        server_private_key: join(dir, 'k.pem'),
        mutual_tls_certificate_authorities: [join(dir, 'm.pem')],
      },
    },
    { name: 'known', url: 'https://', mutual_tls_cas: join(dir, 'm.pem'), upstream: { url: '8080' } },
    { name: 'ended', url: 'tls://', mutual_tls_cas: join(dir, 'm.pem'), upstream: { url: '8443' } },
  ]);
  expect(loaded.warnings).toEqual([expect.stringContaining('"region"')]);
});

test('loadConfig() reads labels, of tunnels and of endpoints', async () => {
  const { endpoints } = await load(`version: 3
agent: {}
endpoints:
  - { name: new, labels: [app=shop], upstream: { url: 1 } }
tunnels:
  old: { labels: [app=shop, zone=a], addr: 2, inspect: false, metadata: m, crt: c.pem, key: k.pem }
`);
  expect(endpoints).toEqual([
    { name: 'new', labels: ['app=shop'], upstream: { url: '1' } },
    {
      name: 'old',
      labels: ['app=shop', 'zone=a'],
      inspect: false,
      metadata: 'm',
      upstream: { url: '2' },
      agent_tls_termination: { server_certificate: join(dir, 'c.pem'), server_private_key: join(dir, 'k.pem') },
    },
  ]);
});

test('loadConfig() reads the policies of tunnels, under their names of today', async () => {
  const { endpoints } = await load(`version: 2
tunnels:
  web:
    proto: http
    addr: 1
    auth: ann:hunter2
    circuit_breaker: 0.5
    compression: false
    websocket_tcp_converter: true
    request_header: { add: ["a: b"] }
    response_header: { remove: [c] }
    verify_webhook: { provider: github, secret: hunter2 }
    user_agent_filter: { deny: [bot] }
    policy: { inbound: [{ actions: [{ type: deny }] }] }
  both: { proto: http, addr: 1, schemes: [http, https], basic_auth: ["ann:hunter2"] }
  db: { proto: tcp, addr: 2, traffic_policy: { on_tcp_connect: [] } }
`);
  const both = { basic_auth: ['ann:hunter2'], upstream: { url: '1' } };
  expect(endpoints).toEqual([
    {
      name: 'web',
      url: 'https://',
      basic_auth: ['ann:hunter2'],
      circuit_breaker: 0.5,
      compression: false,
      websocket_tcp_converter: true,
      request_header: { add: ['a: b'] },
      response_header: { remove: ['c'] },
      verify_webhook: { provider: 'github', secret: 'hunter2' },
      user_agent_filter: { deny: ['bot'] },
      traffic_policy: { inbound: [{ actions: [{ type: 'deny' }] }] },
      upstream: { url: '1' },
    },
    { name: 'both', url: 'https://', ...both },
    { name: 'both-http', url: 'http://', ...both },
    { name: 'db', url: 'tcp://', traffic_policy: { on_tcp_connect: [] }, upstream: { url: '2' } },
  ]);
});

test('loadConfig() merges files: later scalars win, lists are taken whole, maps are merged by key', async () => {
  const [first, second] = [join(dir, 'a.yml'), join(dir, 'sub.yml')];
  const head = 'version: 3\nagent:\n';
  await writeFile(
    first,
    `${head}  metadata: a\n  connect_url: a:1\n  web_allow_hosts: [x, y]\ntunnels:\n  t: {proto: http, addr: 1, subdomain: s}\n`,
  );
  await writeFile(second, `${head}  metadata: b\n  web_allow_hosts: [z]\ntunnels:\n  t: {addr: 2}\n`);
  const { agent, endpoints } = await loadConfig({}, [first, second]);
  expect(agent).toEqual({ metadata: 'b', connect_url: 'a:1', web_allow_hosts: ['z'] });
  expect(endpoints).toEqual([{ name: 't', url: 'https://s', upstream: { url: '2' } }]);
});

const three = 'version: 3\nagent: {}\n';
const two = 'version: 2\n';

test.each([
  ['version: 3\nagent:\n  authtokn: x\n', 9200, /"agent\.authtokn".*did you mean "agent\.authtoken"\?/],
  ['version: 3\nagnt: {}\nagent: {}\n', 9200, /"agnt".*did you mean "agent"\?/],
  [`${three}endpoints: [{nam: x}]\n`, 9200, /"endpoints\.0\.nam".*did you mean "endpoints\.0\.name"\?/],
  [`${three}endpoints: [{name: x, upstream: {urls: 1}}]\n`, 9200, /did you mean "endpoints\.0\.upstream\.url"\?/],
  [`${two}server_adr: x\n`, 9200, /"server_adr"/],
  [`${two}agent: {}\n`, 9200, /"agent"/],
  [`${two}tunnels: {t: {prot: http}}\n`, 9200, /did you mean "tunnels\.t\.proto"\?/],
  ['version: 3\nagent:\n  crl_url: x\n', 9200, /^Cannot use "agent\.crl_url" in ".*": there is no revocation list/],
  ['version: 3\nagent:\n  connect_cas: trusted\n', 9200, /"agent\.connect_cas".*no bundled CA/],
  [`${two}root_cas: trusted\n`, 9200, /"root_cas"/],
  [`${two}update_channel: x\n`, 9200, /"update_channel".*never updates itself/],
  [
    `${three}endpoints: [{name: x, compresion: true, upstream: {url: 1}}]\n`,
    9200,
    /did you mean "endpoints\.0\.compression"\?/,
  ],
  [
    `${three}endpoints: [{name: x, verify_webhook: {secrets: x}, upstream: {url: 1}}]\n`,
    9200,
    /"endpoints\.0\.verify_webhook\.secret"\?/,
  ],
  [
    `${two}tunnels: {t: {proto: http, addr: 1, oauth: {provider: x}}}\n`,
    9200,
    /"tunnels\.t\.oauth".*logins of visitors/,
  ],
  [`${two}tunnels: {t: {proto: http, addr: 1, oidc: {}}}\n`, 9200, /"tunnels\.t\.oidc".*logins of visitors/],
  [`${two}tunnels: {t: {proto: tls, addr: 1, terminate_at: edge}}\n`, 9200, /"tunnels\.t\.terminate_at"/],
  [`${two}tunnels: {t: {proto: tcp, addr: 1, mutual_tls_cas: x}}\n`, 9201, /"mutual_tls_cas" does not belong/],
  [
    `${two}tunnels: {t: {proto: http, addr: 1, schemes: [http], mutual_tls_cas: x}}\n`,
    9201,
    /"mutual_tls_cas" is for https/,
  ],
  [`${two}tunnels: {t: {proto: tls, addr: 1, terminate_at: upstream, mutual_tls_cas: x}}\n`, 9201, /contradicts/],
  [
    `${two}tunnels: {t: {proto: tls, addr: 1, terminate_at: edge, crt: x, key: y, mutual_tls_cas: x}}\n`,
    9201,
    /contradicts/,
  ],
  ['version: 3\nagent:\n  remote_management: sometimes\n', 9201, /agent.remote_management/],
  ['version: 1\n', 9201, /"version".*must be 3 or 2/],
  ['agent: {}\n', 9201, /"version"/],
  ['version: 3\n', 9201, /"agent".*expected object/],
  ['version: 3\nagent:\n  authtoken: ""\n', 9201, /"agent\.authtoken".*empty/],
  ['version: 3\nagent:\n  authtoken: 12\n', 9201, /"agent\.authtoken".*expected string/],
  [`version: 3\nagent:\n  metadata: ${'m'.repeat(4097)}\n`, 9201, /"agent\.metadata".*too long/],
  ['version: 3\nagent:\n  connect_timeout: soon\n', 9201, /"agent\.connect_timeout".*10s/],
  ['version: 3\nagent:\n  log_level: loud\n', 9201, /"agent\.log_level".*debug or info/],
  [`${three}endpoints: [{upstream: {url: 1}}]\n`, 9201, /"endpoints\.0\.name"/],
  [`${three}endpoints: [{name: x}]\n`, 9201, /"endpoints\.0\.upstream"/],
  [`${three}endpoints: [{name: x, bindings: [kubernetes], upstream: {url: 1}}]\n`, 9201, /public or internal/],
  [`${three}endpoints: [{name: x, upstream: {url: 1}}, {name: x, upstream: {url: 2}}]\n`, 9201, /two .*"x"/],
  [`${two}tunnels: {t: {addr: 1}}\n`, 9201, /tunnel "t".*"proto" is missing; or "labels"/],
  [`${two}tunnels: {t: {labels: [a=b]}}\n`, 9201, /tunnel "t".*"addr" is missing/],
  [`${two}tunnels: {t: {labels: [], addr: 1}}\n`, 9201, /"tunnels\.t\.labels"/],
  [`${two}tunnels: {t: {labels: {a: b}, addr: 1}}\n`, 9201, /"tunnels\.t\.labels".*expected array/],
  [`${two}tunnels: {t: {labels: [a=b], addr: 1, proto: http}}\n`, 9201, /"proto" does not go with "labels".*the edge/],
  [`${two}tunnels: {t: {labels: [a=b], addr: 1, traffic_policy: {}}}\n`, 9201, /"traffic_policy" does not go/],
  [`${two}tunnels: {t: {labels: [a=b], addr: 1, ip_restriction: {}}}\n`, 9201, /"ip_restriction" does not go/],
  [`${two}tunnels: {t: {labels: [a=b], addr: 1, domain: x.example}}\n`, 9201, /"domain" does not go/],
  [`${two}tunnels: {t: {labels: [a=b], addr: 1, crt: x}}\n`, 9201, /"crt" and "key" together/],
  [`${three}endpoints: [{name: x, labels: a=b, upstream: {url: 1}}]\n`, 9201, /"endpoints\.0\.labels".*expected array/],
  [`${two}tunnels: {t: {proto: http}}\n`, 9201, /tunnel "t".*"addr" is missing/],
  [`${two}tunnels: {t: {proto: http, addr: 1, remote_addr: x}}\n`, 9201, /"remote_addr" does not belong/],
  [`${two}tunnels: {t: {proto: tls, addr: 1, crt: x}}\n`, 9201, /"crt" and "key" together/],
  [`${two}tunnels: {t: {proto: tls, addr: 1, crt: x, key: y, terminate_at: upstream}}\n`, 9201, /contradicts/],
  [`${two}tunnels: {t: {proto: tcp, addr: 1, basic_auth: ["a:b"]}}\n`, 9201, /"basic_auth" does not belong/],
  [`${two}tunnels: {t: {proto: tls, addr: 1, auth: "a:b"}}\n`, 9201, /"auth" does not belong/],
  [`${two}tunnels: {t: {proto: http, addr: 1, auth: "a:b", basic_auth: ["a:b"]}}\n`, 9201, /keep one/],
  [`${two}tunnels: {t: {proto: tcp, addr: 1, policy: {}, traffic_policy: {}}}\n`, 9201, /keep one/],
  [`${three}endpoints: [{name: x, basic_auth: [], upstream: {url: 1}}]\n`, 9201, /"endpoints\.0\.basic_auth".*empty/],
  [`${three}endpoints: [{name: x, traffic_policy: "a: b", upstream: {url: 1}}]\n`, 9201, /expected object/],
  [
    `${three}endpoints: [{name: x, verify_webhook: {secret: x}, upstream: {url: 1}}]\n`,
    9201,
    /verify_webhook\.provider/,
  ],
  ['', 9201, /expected object/],
  ['just text', 9201, /expected object/],
  ['version: 3\nagent:\n  a: [\n', 9201, /line \d+ is not valid YAML/],
  ['version: 3\nversion: 3\n', 9201, /line 2 is not valid YAML/],
  ['version: 3\nagent: &a {}\nx: *a\n', 9201, /aliases/],
])('loadConfig() refuses %j', async (text, code, message) => {
  await expect(load(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('loadConfig() takes an agent whose keys are all commented out', async () => {
  expect((await load('version: 3\nagent:\n  # authtoken: x\n')).agent).toEqual({});
});

test.each([
  'version: 3\nagent:\n  authtoken: hunter2\n  hunter2x: "hunter2\n',
  'version: 3\nagent:\n  authtoken: [hunter2]\n',
  'version: 2\nauthtoken: hunter2\ntunnels: {t: {proto: http, addr: 1, basic_auth: [[hunter2]]}}\n',
  'version: 2\ntunnels: {t: {proto: http, addr: 1, verify_webhook: {provider: [], secret: hunter2}}}\n',
])('loadConfig() repeats no value of a file that it refuses: %j', async (text) => {
  await expect(load(text)).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') });
});

test.each([
  [0o644, 'authtoken: x', 1],
  [0o640, 'authtoken: x', 1],
  [0o644, 'api_key: x', 1],
  [0o600, 'authtoken: x', 0],
  [0o644, 'connect_url: a:1', 0],
])('loadConfig() of a file with mode %o and %s gives %i warnings', async (mode, line, count) => {
  const { warnings } = await load(`version: 3\nagent:\n  ${line}\n`, mode);
  expect(warnings).toHaveLength(count);
});

test.each([
  ['version: 3\nagent: {}\nendpoints: [{name: x, basic_auth: ["a:b"], upstream: {url: 1}}]\n', 1],
  ['version: 3\nagent: {}\nendpoints: [{name: x, basic_auth_file: b, upstream: {url: 1}}]\n', 0],
  ['version: 2\ntunnels: {t: {proto: http, addr: 1, auth: "a:b"}}\n', 1],
  ['version: 2\ntunnels: {t: {proto: http, addr: 1, verify_webhook: {provider: x, secret: y}}}\n', 1],
])('loadConfig() of %j that others can read gives %i warnings', async (text, count) => {
  const { warnings } = await load(text, 0o644);
  expect(warnings).toEqual(Array(count).fill(expect.stringContaining('passwords or secrets')));
});

test('loadConfig() does without the default file, but not without one that was named', async () => {
  const env = { XDG_CONFIG_HOME: dir };
  const nothing = { file: join(dir, 'adit/adit.yml'), agent: {}, endpoints: [], warnings: [] };
  expect(await loadConfig(env, [])).toEqual(nothing);
  const missing = { code: 9202, message: `Cannot read the configuration "${file}": no such file or directory` };
  await expect(loadConfig(env, [file])).rejects.toMatchObject(missing);
});
