import { expect, it } from 'vitest';
import { launchdPlist } from './launchd-plist.ts';
import type { ServiceDefinition } from './service-definition.ts';
import { serviceManager } from './service-manager.ts';
import { windowsTask } from './windows-task.ts';

const service: ServiceDefinition = {
  command: ['/opt/node', '/opt/adit.mjs', 'start', '--config', '/Users/a & b/<x>.yml'],
  isSystem: true,
  user: 'ann',
  writableFolders: [],
  maxOpenFiles: 4096,
};

it('launchdPlist() is well-formed, whatever the path holds', () => {
  const plist = launchdPlist(service, '/Library/Logs/adit.log');
  expect(plist).toContain('<string>/Users/a &amp; b/&lt;x&gt;.yml</string>');
  expect(elements(plist)).toMatchObject({ plist: 1, array: 1 });
  expect(plist).toMatch(/<key>UserName<\/key>\s+<string>ann<\/string>/);
  expect(plist).toMatch(/<key>SuccessfulExit<\/key>\s+<false\/>/);
  expect(plist.match(/<integer>4096<\/integer>/g)).toHaveLength(2);
});

it('launchdPlist() of a user names no user and no limit that was not asked for', () => {
  const plist = launchdPlist({ ...service, isSystem: false, maxOpenFiles: undefined }, '/x.log');
  expect(plist).not.toMatch(/UserName|ResourceLimits/);
});

it.each([
  ['C:\\adit\\a.yml', 'C:\\adit\\a.yml'],
  ['C:\\a b\\', '&quot;C:\\a b\\\\&quot;'],
  ['a"b', '&quot;a\\&quot;b&quot;'],
  ['a & b', '&quot;a &amp; b&quot;'],
])('windowsTask() passes the word %j on as %s', (word, expected) => {
  const task = windowsTask({ ...service, command: ['C:\\node.exe', word] });
  expect(task).toContain(`<Arguments>${expected}</Arguments>`);
  expect(elements(task)).toMatchObject({ Task: 1, Exec: 1 });
});

it('windowsTask() starts at boot without a person, or when its user logs on', () => {
  expect(windowsTask(service)).toMatch(/<BootTrigger>[^]*<UserId>S-1-5-19<\/UserId>/);
  expect(windowsTask({ ...service, isSystem: false })).toMatch(/<LogonTrigger>[^]*InteractiveToken/);
});

it.each([
  ['linux', true, '/etc/systemd/system/adit-agent.service', ['systemctl', 'start', 'adit-agent.service']],
  [
    'linux',
    false,
    '/h/.config/systemd/user/adit-agent.service',
    ['systemctl', '--user', 'start', 'adit-agent.service'],
  ],
  ['darwin', true, '/Library/LaunchDaemons/dev.adit.agent.plist', ['launchctl', 'bootstrap', 'system']],
  ['darwin', false, '/h/Library/LaunchAgents/dev.adit.agent.plist', ['launchctl', 'bootstrap']],
  ['win32', true, 'C:\\L\\adit\\agent-task.xml', ['schtasks', '/Run', '/TN', '\\Adit\\Agent']],
] as const)('serviceManager() of %s (system: %j) keeps %s', (platform, isSystem, file, start) => {
  const manager = serviceManager({ platform, isSystem, env: { HOME: '/h', LOCALAPPDATA: 'C:\\L' } });
  expect(manager.file).toBe(file);
  expect(manager.actions.start[0]).toEqual(expect.arrayContaining([...start]));
});

it('the task of Windows is UTF-16 with a byte order mark, as the scheduler reads it', () => {
  const bytes = serviceManager({ platform: 'win32', isSystem: true, env: { LOCALAPPDATA: 'C:\\L' } }).describe(service);
  expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0]);
});

/** How often each element is opened; throws where one is not closed in its place. */
function elements(xml: string): Record<string, number> {
  const open: string[] = [];
  const counts: Record<string, number> = {};
  for (const [, slash, name = '', , empty] of xml.matchAll(/<(\/?)([A-Za-z]+)((?:\s[^<>]*?)?)(\/?)>/g)) {
    if (slash) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name);
    if (!slash) counts[name] = (counts[name] ?? 0) + 1;
  }
  expect(open).toEqual([]);
  return counts;
}
