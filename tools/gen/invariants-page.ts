import { markdownPage, markdownTable } from './markdown.ts';
import { readSources, type SourceFile } from './source-files.ts';

interface Invariant {
  readonly promise: string;
  /** False: nothing that could break it exists yet, so there is no test to name. */
  readonly isBuilt: boolean;
}

/** What must hold whatever else changes. A test that guards one carries `[invariant: <name>]` in its title. */
export const invariants: Readonly<Record<string, Invariant>> = {
  'fail-closed': { promise: 'What cannot be decided is refused.', isBuilt: true },
  'decide-on-what-is-forwarded': {
    promise: 'Policies see exactly what the upstream gets; ambiguous requests are refused, not repaired.',
    isBuilt: true,
  },
  'identity-headers-last': {
    promise: 'Headers that say who the visitor is are ours alone, and added after everything else.',
    isBuilt: true,
  },
  'tenancy-in-every-key': { promise: 'No look-up, cache or index crosses accounts.', isBuilt: true },
  'revoked-means-now': { promise: 'What is revoked ends at once, live streams included.', isBuilt: true },
  'backpressure-end-to-end': { promise: 'A slow reader costs bounded memory.', isBuilt: true },
  'nothing-acknowledged-is-lost': { promise: 'What was acknowledged survives a crash and a full disk.', isBuilt: true },
  'no-secret-leaves': {
    promise: 'No secret appears in arguments, logs, errors, events, metrics or URLs.',
    isBuilt: true,
  },
  'payloads-are-not-stored': { promise: 'What visitors send is stored only where inspection is on.', isBuilt: false },
  'relay-cannot-read-private-tunnels': { promise: 'Private tunnels are closed to the server.', isBuilt: false },
};

export interface InvariantTest {
  readonly invariant: string;
  readonly path: string;
  readonly title: string;
}

const tag = /\s*\[invariant: ([^\]]*)\]/g;
const taggedTitle = /(['"`])((?:\\.|(?!\1).)*?\[invariant: [^\]]*\](?:\\.|(?!\1).)*)\1/g;

/** docs/reference/invariants.md. @throws {Error} A built invariant without a test, or a tag that names none. */
export function invariantsPage(tests: readonly InvariantTest[] = findAllTests()): string {
  const unknown = tests.filter((test) => !Object.hasOwn(invariants, test.invariant));
  const untested = Object.keys(invariants).filter(
    (name) => invariants[name]?.isBuilt && !tests.some((test) => test.invariant === name),
  );
  const problems = [
    ...unknown.map((test) => `${test.path}: there is no invariant "${test.invariant}"`),
    ...untested.map((name) => `no test carries [invariant: ${name}]`),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return markdownPage('Invariants', [
    'What must hold whatever else changes, and the tests that turn red when it does not. A test is listed here because its ' +
      'title carries `[invariant: <name>]`.',
    ...Object.entries(invariants).map(([name, invariant]) => section(name, invariant, tests)),
  ]);
}

/** The tagged test titles of one file; the tags are cut out of the title. */
export function findTests({ path, text }: SourceFile): InvariantTest[] {
  return [...text.matchAll(taggedTitle)].flatMap((match) => {
    const title = (match[2] ?? '').replaceAll(tag, '').replaceAll(/\\(.)/g, '$1');
    return [...(match[2] ?? '').matchAll(tag)].map((found) => ({ invariant: found[1] ?? '', path, title }));
  });
}

function findAllTests(): InvariantTest[] {
  return readSources(['{packages/*/src,tests}/**/*{.test,testkit}.ts']).flatMap(findTests);
}

function section(name: string, { promise, isBuilt }: Invariant, tests: readonly InvariantTest[]): string {
  const rows = tests.filter((test) => test.invariant === name).map(({ path, title }) => [`\`${path}\``, title]);
  const proof = isBuilt || rows.length > 0 ? markdownTable(['file', 'test'], rows) : 'Not built yet.';
  return [`## ${name}`, promise, proof].join('\n\n');
}
