import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import type { Command } from '../command.ts';
import { startCommand } from '../start/start-command.ts';
import { endpointCommand } from './endpoint-commands.ts';
import { httpPolicyFlags } from './policies/policy-flags.ts';
import { oldOptionWarnings, refuseOptions } from './refuse-options.ts';

const page = readFileSync(new URL('../../../../docs/reference/agent-flags.md', import.meta.url), 'utf8');
const commands: Readonly<Record<string, Command>> = {
  http: endpointCommand('http'),
  tcp: endpointCommand('tcp'),
  tls: endpointCommand('tls'),
  tunnel: endpointCommand('tunnel'),
  start: startCommand,
};

/** One row for each option and command of the page. */
const rows = page
  .split('\n')
  .map((line) => /^\| `--([a-z-]+)` \| ([a-z, ]+) \| (works|old spelling|refused) \|/.exec(line))
  .flatMap((match) => {
    const [, option = '', names = '', verdict = ''] = match ?? [];
    return match ? names.split(', ').map((command) => ({ option, command, verdict })) : [];
  });

/** What ngrok's `http`, `tcp`, `tls`, `tunnel` and `start` take, from its documentation. */
const everything = {
  all: 'url traffic-policy-file traffic-policy-url binding pooling-enabled name description metadata upstream-proxy-protocol authtoken config log log-format log-level policy-file proxy-proto region cidr-allow cidr-deny',
  http: 'inspect upstream-tls-verify upstream-tls-verify-cas upstream-protocol app-protocol basic-auth circuit-breaker compression host-header mutual-tls-cas oauth oauth-allow-domain oauth-allow-email oauth-client-id oauth-client-secret oauth-scope oidc oidc-client-id oidc-client-secret oidc-scope request-header-add request-header-remove response-header-add response-header-remove ua-filter-allow ua-filter-deny verify-webhook verify-webhook-secret websocket-tcp-converter domain hostname subdomain scheme',
  tcp: 'remote-addr',
  tls: 'crt key mutual-tls-cas upstream-tls-verify upstream-tls-verify-cas terminate-at domain hostname subdomain',
  tunnel: 'label crt key inspect metadata authtoken config log log-format log-level region',
  start: 'all none authtoken region config log log-format log-level',
};

test.each(['http', 'tcp', 'tls', 'tunnel', 'start'] as const)(
  'the page has every option of ngrok for %s',
  (command) => {
    const shared = command === 'start' || command === 'tunnel' ? '' : everything.all;
    const known = `${shared} ${everything[command]}`.trim().split(' ');
    const listed = rows.filter((row) => row.command === command).map(({ option }) => option);
    expect(known.filter((option) => !listed.includes(option))).toEqual([]);
  },
);

describe.each(rows)('adit $command --$option: $verdict', ({ option, command, verdict }) => {
  const found = commands[command]?.options.find(({ name }) => name === option);

  it('is understood, and shown only where it works', () => {
    expect(found).toBeDefined();
    expect(found?.isHidden === true).toBe(verdict !== 'works');
  });

  it('is refused only where the page says so, without its value', () => {
    const parse = () => refuseOptions(command, { [option]: 'hunter2' });
    if (verdict !== 'refused') return parse();
    const error = { code: 9500, message: expect.stringMatching(new RegExp(`^Cannot use --${option}: (?!.*hunter2)`)) };
    expect(parse).toThrow(expect.objectContaining(error));
  });

  it('warns only if it is an old spelling', () => {
    const warnings = oldOptionWarnings({ [option]: 'x' });
    expect(warnings).toHaveLength(verdict === 'old spelling' ? 1 : 0);
  });
});

test.each(httpPolicyFlags.flatMap(({ name }) => [[name, 'tcp'] as const, [name, 'tls'] as const]))(
  '--%s is refused by adit %s, which cannot read HTTP',
  (name, command) => {
    expect(commands[command]?.options.find((option) => option.name === name)?.isHidden).toBe(true);
    const message = expect.stringMatching(/^Cannot use --[a-z-]+: it is for "adit http"/);
    expect(() => refuseOptions(command, { [name]: 'x' })).toThrow(expect.objectContaining({ code: 9500, message }));
    expect(() => refuseOptions('http', { [name]: 'x' })).not.toThrow();
  },
);

test.each(
  (['http', 'tcp', 'tls'] as const)
    .flatMap((command) => [...endpointCommand(command).options])
    .filter(({ isHidden }) => !isHidden),
)('--$name, which has an effect elsewhere, is not ignored by adit tunnel', ({ name }) => {
  const found = endpointCommand('tunnel').options.find((option) => option.name === name);
  const ofAgentAlone = ['name', 'description'];
  if (found?.isHidden !== true) return expect(found !== undefined || ofAgentAlone.includes(name)).toBe(true);
  const message = expect.stringMatching(/^Cannot use --[a-z-]+: .*the edge that it serves must have them$/);
  expect(() => refuseOptions('tunnel', { [name]: 'x' })).toThrow(expect.objectContaining({ code: 9500, message }));
});
