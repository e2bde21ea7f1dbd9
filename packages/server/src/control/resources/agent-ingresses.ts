import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { parseHostName } from '../../domain/host-name.ts';
import type { Resource } from './resource.ts';

interface IngressBody {
  readonly domain: string;
  readonly certificates: { readonly authority: string; readonly keyType: string } | null;
}

interface IngressInput {
  readonly domain?: string;
  readonly certificate_management_policy?: { authority: string; private_key_type?: string | null };
}

export const agentIngresses: Resource<IngressInput, IngressBody> = {
  kind: 'agentIngress',
  contract: contract.agentIngresses,
  draft({ domain = '', certificate_management_policy: policy }, { previous }) {
    const body = {
      domain: previous?.body.domain ?? parseIngressName(domain),
      certificates: policy
        ? { authority: policy.authority, keyType: policy.private_key_type ?? 'rsa' }
        : (previous?.body.certificates ?? null),
    };
    const refuse = () => new AditError(9109, `Cannot have the agent ingress "${body.domain}": there is one already`);
    return { body, claims: [{ space: 'agent ingress', name: body.domain, refuse }] };
  },
  show: ({ body: { domain, certificates } }) => ({
    domain,
    ns_targets: [],
    region_domains: [],
    certificate_management_policy: certificates && {
      authority: certificates.authority,
      private_key_type: certificates.keyType,
    },
  }),
};

function parseIngressName(text: string): string {
  const host = parseHostName(text);
  if (host.startsWith('*.')) throw new AditError(402, `Cannot use "${host}" as an agent ingress: it is a wildcard`);
  return host;
}
