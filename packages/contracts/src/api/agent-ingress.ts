import { z } from 'zod';
import { type ResourceContract, resource } from './resource.ts';

const managementPolicy = z
  .strictObject({
    authority: z.literal('letsencrypt').describe('Who issues its certificate.'),
    private_key_type: z.enum(['rsa', 'ecdsa']).nullish().describe('Kind of its key. Default: rsa.'),
  })
  .nullish();

/** A host name of one's own that agents connect to. Data only for now: this server answers agents under its own name. */
export const agentIngresses: ResourceContract = resource({
  title: 'an agent ingress',
  idKind: 'agentIngress',
  path: '/agent_ingresses',
  listKey: 'ingresses',
  create: {
    domain: z.string().max(253).describe('The host name. Unique on this server. Cannot be changed.'),
    certificate_management_policy: managementPolicy.describe('Asks for certificates by itself; null: does not.'),
  },
  update: { certificate_management_policy: managementPolicy.describe('Another policy. Default: as it is.') },
  fields: {
    domain: z.string().describe('The host name.'),
    ns_targets: z.array(z.string()).describe('Always empty: no name servers come with this server.'),
    region_domains: z.array(z.string()).describe('Always empty: one server is one place.'),
    certificate_management_policy: z
      .object({
        authority: z.string().describe('Who issues its certificate.'),
        private_key_type: z.string().describe('Kind of its key.'),
      })
      .nullable()
      .describe('How it gets certificates by itself; null: it does not.'),
  },
  filterFields: { domain: 'string' },
});
