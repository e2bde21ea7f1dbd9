// What `npm test` does: the checks, the Debian packages that tests need, the tests, one line with the sum of it all.
// This file is the one list of programs that tests run and npm does not bring.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface TestProgram {
  /** The Debian package that brings it. */
  readonly debianPackage: string;
  /** What cannot be tested without it; completes the sentence "is needed …". */
  readonly purpose: string;
}

/** By the program's name, which is also how its presence is seen: an executable file of that name in PATH. */
export const testPrograms = {
  chromium: { debianPackage: 'chromium', purpose: 'to open public URLs in a real browser' },
  certutil: { debianPackage: 'libnss3-tools', purpose: "to put the development CA into the browser's own trust store" },
  curl: { debianPackage: 'curl', purpose: 'to run the examples, which visit as people do' },
  h2load: { debianPackage: 'nghttp2-client', purpose: 'to load an endpoint with many connections and streams' },
  keymgr: { debianPackage: 'knot', purpose: 'to make a key that may change DNS records' },
  knotd: { debianPackage: 'knot', purpose: 'to publish DNS records at a real authoritative server' },
  kzonecheck: { debianPackage: 'knot-dnssecutils', purpose: 'to check the zone that the guide shows' },
  'named-checkconf': {
    debianPackage: 'bind9-utils',
    purpose: 'to check the configuration of BIND that the guide shows',
  },
  nft: { debianPackage: 'nftables', purpose: 'to check the firewall that the guide shows' },
  nginx: { debianPackage: 'nginx-light', purpose: 'to see that a service behind a tunnel learns who the visitor is' },
  nsenter: { debianPackage: 'util-linux', purpose: 'to have a server see a disk that is full' },
  openssl: { debianPackage: 'openssl', purpose: 'to make certificates as users have them' },
  pebble: { debianPackage: 'pebble', purpose: 'to get certificates from an authority' },
  psql: { debianPackage: 'postgresql', purpose: 'to keep the data, and to reach it through a tcp endpoint' },
  python3: { debianPackage: 'python3', purpose: 'to check an exported audit log without any code of ours' },
  ssh: { debianPackage: 'openssh-client', purpose: 'to log in through a tcp endpoint' },
  sshd: { debianPackage: 'openssh-server', purpose: 'to be logged in to through a tcp endpoint' },
  strace: { debianPackage: 'strace', purpose: 'to see that a change is on disk before it is acknowledged' },
  systemctl: { debianPackage: 'systemd', purpose: 'to run the agent as a service' },
  unshare: { debianPackage: 'util-linux', purpose: 'to mount a small disk that nobody else sees' },
} as const satisfies Record<string, TestProgram>;

export type TestProgramName = keyof typeof testPrograms;

export const testProgramNames = Object.keys(testPrograms) as TestProgramName[];

/** Whether an executable file of that name is in PATH. Administrators' folders count: a plain user's PATH lacks them. */
export function isInstalled(program: string, path: string = process.env['PATH'] ?? ''): boolean {
  return [...path.split(delimiter), '/usr/sbin', '/sbin'].some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Absent or not ours to run: for a test that is the same.
  }
}
