import { policyModules } from '@adit/policies';
import { hasHttp } from '../domain/endpoint.ts';
import type { PolicyReader } from '../legacy-edges/edge-endpoints.ts';
import { guardedConnect } from '../outgoing/guarded-connect.ts';
import { endsAlways } from '../policy/compile/check-document.ts';
import { parsePolicy } from '../policy/document/parse-policy.ts';
import type { KeptKind } from './follow-endpoints.ts';
import { keptCloudEndpoints } from './kept-cloud-endpoints.ts';
import { type KeptEdgesDeps, keptEdges } from './kept-edges.ts';
import type { Foundation } from './open-foundation.ts';

type Parts = Pick<KeptEdgesDeps, 'store' | 'backends' | 'endpoints'> & Pick<Foundation, 'options'>;

/** All documents that stand for endpoints. */
export function keptKinds({ options, ...parts }: Parts): KeptKind[] {
  const connect = guardedConnect({ allowed: options['outgoing-network'] });
  return [...keptEdges({ ...parts, connect, reader }), keptCloudEndpoints];
}

const reader: PolicyReader = {
  read: (text, protocol) => parsePolicy(text, { hasHttp: hasHttp(protocol) }).document,
  endsAlways: (rules, phase) => endsAlways(rules, { modules: policyModules, phase }),
};
