import { spawnSync } from 'node:child_process';
import { isInstalled, type TestProgramName, testProgramNames, testPrograms } from './debian-packages.ts';

/** Where apt-get may be called: by root, or through a sudo that asks for no password. */
type AptGet = readonly [string, ...string[]];

/** Installs the Debian packages that tests need and that are missing, where that can be done without asking anybody. */
export function installDebianPackages(log: (line: string) => void): void {
  const wanted = testProgramNames.filter((program) => !isInstalled(program));
  if (wanted.length === 0) return;
  const aptGet = findAptGet();
  if (aptGet === null) return;
  log(`Installing for the tests: ${wanted.map((program) => testPrograms[program].debianPackage).join(', ')} …`);
  run([...aptGet, 'update']);
  for (const program of wanted) {
    const failure = run([
      ...aptGet,
      'install',
      '--yes',
      '--no-install-recommends',
      testPrograms[program].debianPackage,
    ]);
    if (failure !== null) log(failure);
  }
}

/** For each program that is still missing, one line for a person: what is needed for what, and how to get it. */
export function missingPrograms(): string[] {
  return testProgramNames.filter((program) => !isInstalled(program)).map(describeMissing);
}

function describeMissing(program: TestProgramName): string {
  const { debianPackage, purpose } = testPrograms[program];
  return `${program} is not installed; it is needed ${purpose} (apt-get install ${debianPackage})`;
}

function findAptGet(): AptGet | null {
  if (!isInstalled('apt-get')) return null;
  // A package must not ask questions; another apt-get that runs at this moment is waited for.
  const aptGet: AptGet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=120'];
  if (process.getuid?.() === 0) return aptGet;
  return run(['sudo', '-n', 'true']) === null ? ['sudo', '-n', ...aptGet] : null;
}

/** Runs a command to its end. Returns what it printed when it failed, null when it worked. */
function run([command = '', ...args]: readonly string[]): string | null {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10 * 60_000,
  });
  return status === 0 ? null : [stdout, stderr, error?.message].filter((text) => text).join('\n');
}
