// For each import rule a toy tree that breaks it, and no other rule.

/** Sources by path, by the name of the rule they break. */
export const fixtures: Record<string, Record<string, string>> = {
  'no-cycles': {
    'packages/sdk/src/a.ts': "import type { B } from './b.ts'; export interface A { b: B }",
    'packages/sdk/src/b.ts': "import type { A } from './a.ts'; export interface B { a: A }",
  },
  'contracts-are-pure': {
    'packages/contracts/src/index.ts': "import 'zod'; export { readFile } from 'node:fs/promises'",
  },
  'wire-opens-nothing': {
    'packages/wire/src/index.ts': "import 'node:stream'; export { connect } from 'node:net'",
  },
  'domain-is-pure': {
    'packages/server/src/domain/store.ts': "import type { Kysely } from 'kysely'; export type Store = Kysely<unknown>",
  },
  'domain-does-no-io': {
    'packages/server/src/domain/link.ts':
      "import type { SecureContext } from 'node:tls'; import 'node:crypto'; import 'node:url'; export { Duplex } from 'node:stream'; export type C = SecureContext",
  },
  'adapters-do-not-meet': {
    'packages/server/src/edge/http/front.ts': "import type { S } from '../../store/store.ts'; export type F = S",
    'packages/server/src/store/store.ts': 'export type S = string',
  },
  'links-meet-the-directory-only': {
    'packages/server/src/links/agent/agent.ts':
      "import type { D } from '../../directory/directory.ts'; import type { L } from '../../telemetry/log.ts'; export type A = D | L",
    'packages/server/src/directory/directory.ts': 'export type D = string',
    'packages/server/src/telemetry/log.ts': 'export type L = string',
  },
  'rooms-do-not-know-who-wires-them': {
    'packages/server/src/control/app.ts': "export { open } from '../compose/open-store.ts'",
    'packages/server/src/compose/open-store.ts': 'export const open = 1',
  },
  'policy-is-a-language': {
    'packages/server/src/policy/chains.ts': "export { store } from '../store/store.ts'",
    'packages/server/src/store/store.ts': 'export const store = 1',
  },
  'legacy-edges-only-translate': {
    'packages/server/src/legacy-edges/backends.ts': "export { Cloud } from '../links/cloud/cloud.ts'",
    'packages/server/src/links/cloud/cloud.ts': 'export const Cloud = 1',
  },
  'kinds-of-link-do-not-meet': {
    'packages/server/src/links/agent/agent.ts': "export { local } from '../local/local.ts'",
    'packages/server/src/links/local/local.ts': 'export const local = 1',
  },
  'edge-rooms-do-not-meet': {
    'packages/server/src/edge/http/front.ts': "export { listen } from '../listener/listen.ts'",
    'packages/server/src/edge/listener/listen.ts': 'export const listen = 1',
  },
  'policies-see-the-kit': {
    'packages/policies/src/oauth/index.ts':
      "import '../../../policy-kit/src/index.ts'; export { secret } from '../../../wire/src/index.ts'",
    'packages/policy-kit/src/index.ts': 'export const kit = 1',
    'packages/wire/src/index.ts': 'export const secret = 1',
  },
  'one-door-per-policy': {
    'packages/policies/src/registry.ts': "export { decide } from './oauth/oauth.ts'",
    'packages/policies/src/oauth/oauth.ts': 'export const decide = 1',
  },
  'only-the-composition-root-loads-policies': {
    'packages/server/src/server.ts': "export { registry } from '../../policies/src/registry.ts'",
    'packages/server/src/edge/http/front.ts': "export { registry } from '../../../../policies/src/registry.ts'",
    'packages/policies/src/registry.ts': 'export const registry = 1',
  },
  'clients-never-see-the-server': {
    'packages/agent/src/index.ts': "export { server } from '../../server/src/index.ts'",
    'packages/cli/src/main.ts': "export { server } from '../../server/src/index.ts'",
    'packages/server/src/index.ts': 'export const server = 1',
  },
  'no-test-code-in-product': {
    'packages/sdk/src/clock.ts': "export { fake } from './fake.testkit.ts'",
    'packages/sdk/src/fake.testkit.ts': "import 'vitest'; export const fake = 1",
    'packages/sdk/src/poll.ts': "export { it } from 'vitest'",
  },
  'imports-exist': {
    'packages/sdk/src/index.ts': "export { gone } from './gone.ts'",
  },
};
