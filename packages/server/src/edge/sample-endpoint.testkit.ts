import { newId } from '@adit/contracts';
import type { Endpoint } from '../domain/endpoint.ts';

/** An endpoint as most are; a new id and account each time. */
export function sampleEndpoint(changes: Partial<Endpoint> = {}): Endpoint {
  const { scheme = 'https', host = 'app.example.test' } = changes;
  return {
    id: newId('endpoint', 0),
    accountId: newId('account', 0),
    generation: 1,
    ...{ scheme, host, port: null, url: `${scheme}://${host}`, binding: 'public', isPooled: false },
    ...{ upstreamProtocol: 'http1', proxyProtocol: 0, hostHeader: null, forwardsTo: '' },
    ...{ name: '', description: '', metadata: '', createdAtMs: 0 },
    credentialId: null,
    agentSessionId: null,
    ...changes,
  };
}
