// Which room may import which. Each rule has its reason as comment and a fixture that must break it
// (tools/check/import-rules.fixtures.ts); folders that a rule names must exist.

/** Rooms of the server that reach the outside world in one way each. They meet in server.ts and compose/ only. */
const adapters = [
  'edge',
  'links',
  'control',
  'store',
  'secrets',
  'bus',
  'telemetry',
  'directory',
  'dns',
  'geo',
  'tls',
  'acme',
  'config',
  'data-dir',
  'clock',
];
const server = '^packages/server/src';
const adapter = `${server}/(${adapters.join('|')})/`;
const testCode = '[.](test|testkit)[.]ts$|/testkit[.]ts$';
const testLibraries = [
  ...['vitest', 'fast-check', 'playwright-core', 'axe-core', '@ngrok/ngrok', '@ngrok/ngrok-api'],
  'read-tls-client-hello',
];
const ours = '^packages/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Two files that import each other, even by type, are one file in two parts: move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'contracts-are-pure',
      comment:
        'contracts runs in a browser and in every client: it may use itself and the schema library, no Node.js module.',
      severity: 'error',
      from: { path: '^packages/contracts/src/', pathNot: testCode },
      to: { pathNot: ['^packages/contracts/src/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'wire-opens-nothing',
      comment:
        'wire works on a byte stream handed to it, so that both sides and every test can run it: no sockets, no files. ' +
        'Of the runtime it may know streams, and how memory is collected (v8, vm).',
      severity: 'error',
      from: { path: '^packages/wire/src/', pathNot: testCode },
      to: {
        pathNot: ['^packages/(wire|contracts)/src/', '^(node:)?(stream|stream/promises|buffer|events|v8|vm)$'],
      },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain is what the rooms agree on: of our code it knows contracts and policy-kit, of libraries none.',
      severity: 'error',
      from: { path: `${server}/domain/`, pathNot: testCode },
      to: {
        dependencyTypesNot: ['core'],
        pathNot: [`${server}/domain/`, '^packages/(contracts|policy-kit)/src/'],
      },
    },
    {
      name: 'domain-does-no-io',
      comment:
        'Of Node.js, domain may compute (crypto; url for the ASCII form of names) and name types (of a byte stream, a TLS ' +
        'context), nothing else.',
      severity: 'error',
      from: { path: `${server}/domain/`, pathNot: testCode },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'], pathNot: '^(node:)?(crypto|url)$' },
    },
    {
      name: 'adapters-do-not-meet',
      comment:
        'Rooms of the server know the interfaces in domain/, never each other, so that each can be replaced alone.',
      severity: 'error',
      from: { path: adapter, pathNot: [testCode, `${server}/links/`] },
      to: { path: adapter, pathNot: `${server}/$1/` },
    },
    {
      name: 'links-meet-the-directory-only',
      comment: 'Links claim names in the one directory of hosts; like every room, they know no other.',
      severity: 'error',
      from: { path: `${server}/links/`, pathNot: testCode },
      to: { path: adapter, pathNot: `${server}/(links|directory)/` },
    },
    {
      name: 'rooms-do-not-know-who-wires-them',
      comment:
        'server.ts and compose/ put the rooms together. A room that reached back for them would depend on all others.',
      severity: 'error',
      from: { path: `${server}/(${[...adapters, 'domain'].join('|')})/`, pathNot: testCode },
      to: { path: [`${server}/compose/`, `${server}/[^/]+[.]ts$`] },
    },
    {
      name: 'kinds-of-link-do-not-meet',
      comment: 'A new kind of link is one folder: the others neither know it nor change for it.',
      severity: 'error',
      from: { path: `${server}/links/([^/]+)/`, pathNot: testCode },
      to: { path: `${server}/links/[^/]+/`, pathNot: `${server}/links/$1/` },
    },
    {
      name: 'policy-is-a-language',
      comment:
        'policy/ reads, checks and runs rules for whoever asks: the edge, a bind, the API, the command line. It knows none of them.',
      severity: 'error',
      from: { path: `${server}/policy/`, pathNot: testCode },
      to: { path: ours, pathNot: [`${server}/(policy|domain)/`, '^packages/(contracts|policy-kit)/src/'] },
    },
    {
      name: 'legacy-edges-only-translate',
      comment:
        'What an edge of the older API stands for is computed; who keeps edges, and who runs what they stand for, is elsewhere.',
      severity: 'error',
      from: { path: `${server}/legacy-edges/`, pathNot: testCode },
      to: { path: ours, pathNot: [`${server}/(legacy-edges|policy|domain)/`, '^packages/contracts/src/'] },
    },
    {
      name: 'edge-rooms-do-not-meet',
      comment:
        'The steps of the edge (listener, http, grants) hand work on through domain interfaces: each can be swapped.',
      severity: 'error',
      from: { path: `${server}/edge/([^/]+)/`, pathNot: testCode },
      to: { path: `${server}/edge/[^/]+/`, pathNot: `${server}/edge/$1/` },
    },
    {
      name: 'policies-see-the-kit',
      comment:
        'A policy module may know what a third party could know: itself, policy-kit, contracts. Then third parties can write one.',
      severity: 'error',
      from: { path: '^packages/policies/src/([^/]+)/', pathNot: testCode },
      to: { path: ours, pathNot: ['^packages/policies/src/$1/', '^packages/(policy-kit|contracts)/src/'] },
    },
    {
      name: 'one-door-per-policy',
      comment: "What is behind a policy folder's index.ts is its own: the registry and everybody else go through it.",
      severity: 'error',
      from: { path: '.', pathNot: '^packages/policies/src/[^/]+/' },
      to: { path: '^packages/policies/src/[^/]+/', pathNot: '/index[.]ts$' },
    },
    {
      name: 'only-the-composition-root-loads-policies',
      comment:
        'Everybody else gets chains (server) or the generated catalogue (clients), never the code of the modules.',
      severity: 'error',
      from: {
        path: '.',
        pathNot: [
          '^packages/policies/',
          `${server}/compose/`,
          `${server}/server[.]ts$`,
          '^tools/',
          '^tests/',
          '^bench/',
          testCode,
        ],
      },
      to: { path: '^packages/policies/' },
    },
    {
      name: 'clients-never-see-the-server',
      comment:
        'The agent and the SDK run on machines that have no server; what both sides need is in contracts or wire.',
      severity: 'error',
      from: { path: '^packages/(agent|sdk|wire|contracts|policy-kit|policies)/', pathNot: testCode },
      to: { path: '^packages/(server|cli)/' },
    },
    {
      name: 'no-test-code-in-product',
      comment: 'What ships must not need test code or test libraries.',
      severity: 'error',
      from: { path: ours, pathNot: testCode },
      to: { path: [testCode, '^(tests|tools|bench)/', `(^|/)node_modules/(${testLibraries.join('|')})/`] },
    },
    {
      name: 'imports-exist',
      comment: 'An import that nothing resolves is invisible to every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
