import { homedir, userInfo } from 'node:os';
import { join, win32 } from 'node:path';
import type { CommandIo } from '../command.ts';
import { launchdLabel, launchdPlist } from './launchd-plist.ts';
import type { ServiceDefinition } from './service-definition.ts';
import { systemdUnit } from './systemd-unit.ts';
import { windowsTask, windowsTaskName } from './windows-task.ts';

/** What can be asked of a service that is installed. */
export type ServiceAction = 'start' | 'stop' | 'restart' | 'status';

/** A program of the system, with its arguments. */
export type SystemCall = readonly [string, ...string[]];

/** How one system runs services: a file that describes it, and programs to call. */
export interface ServiceManager {
  /** Where the description is kept. */
  readonly file: string;
  describe(service: ServiceDefinition): Uint8Array;
  /** After the file was written. */
  readonly afterInstall: readonly SystemCall[];
  /** Before the file is removed. One that fails does not matter: it may not be running. */
  readonly beforeUninstall: readonly SystemCall[];
  readonly afterUninstall: readonly SystemCall[];
  readonly actions: Readonly<Record<ServiceAction, readonly SystemCall[]>>;
}

export interface ManagerOptions {
  readonly isSystem: boolean;
  readonly env: CommandIo['env'];
  readonly platform: NodeJS.Platform;
}

/** The manager of this system. Linux: systemd. macOS: launchd. Windows: the Task Scheduler. */
export function serviceManager(options: ManagerOptions): ServiceManager {
  if (options.platform === 'win32') return taskScheduler(options);
  return options.platform === 'darwin' ? launchd(options) : systemd(options);
}

const unit = 'adit-agent.service';

function systemd({ isSystem, env }: ManagerOptions): ServiceManager {
  const configHome = env['XDG_CONFIG_HOME']?.startsWith('/') ? env['XDG_CONFIG_HOME'] : join(home(env), '.config');
  const folder = isSystem ? '/etc/systemd/system' : join(configHome, 'systemd', 'user');
  const systemctl = (...words: string[]): SystemCall => ['systemctl', ...(isSystem ? [] : ['--user']), ...words];
  return {
    file: join(folder, unit),
    describe: (service) => Buffer.from(systemdUnit(service)),
    afterInstall: [systemctl('daemon-reload'), systemctl('enable', unit)],
    beforeUninstall: [systemctl('disable', '--now', unit)],
    afterUninstall: [systemctl('daemon-reload')],
    actions: {
      start: [systemctl('start', unit)],
      stop: [systemctl('stop', unit)],
      restart: [systemctl('restart', unit)],
      status: [systemctl('status', '--no-pager', unit)],
    },
  };
}

function launchd({ isSystem, env }: ManagerOptions): ServiceManager {
  const library = isSystem ? '/Library' : join(home(env), 'Library');
  const file = join(library, isSystem ? 'LaunchDaemons' : 'LaunchAgents', `${launchdLabel}.plist`);
  const domain = isSystem ? 'system' : `gui/${userInfo().uid}`;
  const target = `${domain}/${launchdLabel}`;
  return {
    file,
    describe: (service) => Buffer.from(launchdPlist(service, join(library, 'Logs', 'adit-agent.log'))),
    afterInstall: [],
    beforeUninstall: [['launchctl', 'bootout', target]],
    afterUninstall: [],
    actions: {
      start: [['launchctl', 'bootstrap', domain, file]],
      stop: [['launchctl', 'bootout', target]],
      restart: [['launchctl', 'kickstart', '-k', target]],
      status: [['launchctl', 'print', target]],
    },
  };
}

function taskScheduler({ env }: ManagerOptions): ServiceManager {
  const folder = env['LOCALAPPDATA'] || win32.join(home(env), 'AppData', 'Local');
  const file = win32.join(folder, 'adit', 'agent-task.xml');
  const schtasks = (verb: string, ...words: string[]): SystemCall => [
    'schtasks',
    verb,
    '/TN',
    windowsTaskName,
    ...words,
  ];
  return {
    file,
    // The scheduler reads UTF-16 with a byte order mark.
    describe: (service) => Buffer.from(`\uFEFF${windowsTask(service)}`, 'utf16le'),
    afterInstall: [schtasks('/Create', '/XML', file, '/F')],
    beforeUninstall: [schtasks('/End'), schtasks('/Delete', '/F')],
    afterUninstall: [],
    actions: {
      start: [schtasks('/Run')],
      stop: [schtasks('/End')],
      restart: [schtasks('/End'), schtasks('/Run')],
      status: [schtasks('/Query', '/V', '/FO', 'LIST')],
    },
  };
}

function home(env: CommandIo['env']): string {
  return env['HOME'] || homedir();
}
