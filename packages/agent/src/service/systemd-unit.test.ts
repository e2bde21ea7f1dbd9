import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServiceDefinition } from './service-definition.ts';
import { systemdUnit } from './systemd-unit.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'adit-unit-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const service: ServiceDefinition = {
  command: ['/bin/true', 'start', '--all', '--config', '/etc/a b/"50%" of $HOME\\x.yml'],
  isSystem: true,
  user: 'daemon',
  writableFolders: ['/var/log'],
  maxOpenFiles: 65_536,
};

it('systemdUnit() of the machine: as somebody, hardened, with limits; hopeless errors are not repeated', () => {
  const unit = systemdUnit(service);
  expect(unit).toContain('ExecStart="/bin/true" "start" "--all" "--config" "/etc/a b/\\"50%%\\" of $$HOME\\\\x.yml"\n');
  for (const line of [
    'User=daemon',
    'LimitNOFILE=65536',
    'Restart=on-failure',
    'RestartPreventExitStatus=2 3 4',
    'ReadWritePaths="/var/log"',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'CapabilityBoundingSet=',
    'WantedBy=multi-user.target',
  ]) {
    expect(unit.split('\n')).toContain(line);
  }
});

it('systemdUnit() of a user has what a user may say', () => {
  const unit = systemdUnit({ ...service, isSystem: false, user: undefined, maxOpenFiles: undefined });
  expect(unit).toContain('WantedBy=default.target\n');
  expect(unit).not.toMatch(/^(?:User|LimitNOFILE|ReadWritePaths|ProtectSystem|After)=/m);
});

const analyzer = 'systemd-analyze';
const analyze = spawnSync(analyzer, ['--version']);

it.skipIf(analyze.status !== 0).each([true, false])('systemd-analyze finds nothing to say (system: %j)', (isSystem) => {
  const file = join(dir, `adit-${isSystem}.service`);
  writeFileSync(file, systemdUnit({ ...service, isSystem, user: isSystem ? 'daemon' : undefined }));
  const words = ['verify', '--man=no', '--recursive-errors=no', file];
  const { stdout, stderr, status } = spawnSync(analyzer, words, { encoding: 'utf8' });
  expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
});
