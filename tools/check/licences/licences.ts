// Which licences our dependencies may have. The lock file names the licence of every package that npm could install,
// for all platforms, so nothing needs to be installed to check it.

export interface LockedPackage {
  readonly license?: string;
  readonly version?: string;
  readonly dev?: boolean;
  /** A link to one of our own workspaces. */
  readonly link?: boolean;
}

/** SPDX identifiers that ask for no more than a notice. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** Fine for tools: they are not part of what ships. */
const permissiveForTools = new Set([...permissive, 'MPL-2.0']);

/** Versions that name their licence where npm does not look; read by one of us. */
const readByHand: ReadonlyMap<string, string> = new Map([['node_modules/read-tls-client-hello@2.0.0', 'Apache-2.0']]);

/** Packages (by lock file path) whose licence we do not accept, one line each. */
export function refusedLicences(packages: Readonly<Record<string, LockedPackage>>): string[] {
  return Object.entries(packages)
    .filter(([, { link }]) => link !== true)
    .filter(([path, entry]) => !isAccepted(licenceOf(path, entry) ?? '', entry.dev ? permissiveForTools : permissive))
    .map(([path, { license }]) => `${path}: ${license ?? 'states no licence'}`);
}

function licenceOf(path: string, { license, version }: LockedPackage): string | undefined {
  return license ?? readByHand.get(`${path}@${version}`);
}

/** Reads SPDX expressions of names with OR and AND. Anything else (nested parentheses, WITH) is not accepted unread. */
function isAccepted(expression: string, accepted: ReadonlySet<string>): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  return bare.split(' OR ').some((option) => option.split(' AND ').every((name) => accepted.has(name)));
}
