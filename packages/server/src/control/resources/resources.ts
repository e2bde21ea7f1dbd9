// What the API keeps as documents: a new kind is a file here, a line in this list, a contract, and rows in the tables of
// authorisation.
import {
  failoverBackends,
  httpResponseBackends,
  staticBackends,
  tunnelGroupBackends,
  weightedBackends,
} from '../edges/backend-resources.ts';
import { httpsEdges, tcpEdges, tlsEdges } from '../edges/edge-resources.ts';
import { httpsEdgeRoutes } from '../edges/route-resource.ts';
import { accountRules } from './account-rules.ts';
import { agentIngresses } from './agent-ingresses.ts';
import { certificateAuthorities, tlsCertificates } from './certificates.ts';
import { cloudEndpoints } from './cloud-endpoints.ts';
import { eventDestinations, eventSubscriptions } from './events.ts';
import { ipPolicies } from './ip-policies.ts';
import { ipPolicyRules } from './ip-policy-rules.ts';
import { ipRestrictions } from './ip-restrictions.ts';
import { reservedAddresses } from './reserved-addresses.ts';
import { reservedDomains } from './reserved-domains.ts';
import { type AnyResource, anyResource } from './resource.ts';
import { sshCredentials } from './ssh-credentials.ts';
import { vaultSecrets } from './vault-secrets.ts';
import { vaults } from './vaults.ts';

export const resources: readonly AnyResource[] = [
  anyResource(accountRules),
  anyResource(agentIngresses),
  anyResource(certificateAuthorities),
  anyResource(cloudEndpoints),
  anyResource(eventDestinations),
  anyResource(eventSubscriptions),
  anyResource(failoverBackends),
  anyResource(httpResponseBackends),
  anyResource(httpsEdges),
  anyResource(ipPolicies),
  anyResource(ipPolicyRules),
  anyResource(ipRestrictions),
  anyResource(reservedAddresses),
  anyResource(reservedDomains),
  anyResource(sshCredentials),
  anyResource(staticBackends),
  anyResource(tcpEdges),
  anyResource(tlsCertificates),
  anyResource(tlsEdges),
  anyResource(tunnelGroupBackends),
  anyResource(vaults),
  anyResource(vaultSecrets),
  anyResource(weightedBackends),
];

/** Those below another one, whose operations have its id in their path. */
export const nestedResources: readonly AnyResource[] = [anyResource(httpsEdgeRoutes)];
