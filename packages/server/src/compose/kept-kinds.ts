import { policyModules } from '@adit/policies';
import { hasHttp } from '../domain/endpoint.ts';
import type { Backends } from '../legacy-edges/backends.ts';
import type { PolicyReader } from '../legacy-edges/edge-endpoints.ts';
import { guardedConnect } from '../outgoing/guarded-connect.ts';
import { checkEnding } from '../policy/compile/check-document.ts';
import { parsePolicy } from '../policy/document/parse-policy.ts';
import type { KeptKind } from './follow-endpoints.ts';
import { keptCloudEndpoints } from './kept-cloud-endpoints.ts';
import { keptEdges } from './kept-edges.ts';
import type { Foundation } from './open-foundation.ts';

/** All documents that stand for endpoints. */
export function keptKinds({ store, options }: Pick<Foundation, 'store' | 'options'>, backends: Backends): KeptKind[] {
  const connect = guardedConnect({ allowed: options['outgoing-network'] });
  return [...keptEdges({ store, backends, connect, reader }), keptCloudEndpoints];
}

const reader: PolicyReader = {
  read: (text, protocol) => parsePolicy(text, { hasHttp: hasHttp(protocol) }).document,
  endsAlways: (rules, protocol) => checkEnding(rules, { modules: policyModules, protocol }).length === 0,
};
