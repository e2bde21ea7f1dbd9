import type { EndpointFacts } from '../inspector/index.ts';
import type { LiveEndpoint } from './live-endpoints.ts';

/** An endpoint in the words of the local API. */
export function endpointFacts({ definition, forward }: LiveEndpoint): EndpointFacts {
  const { name, forward: asked, isInspected } = definition;
  return {
    name,
    url: forward.url,
    labels: forward.labels,
    upstream: { url: forward.upstreamUrl, protocol: asked.upstreamProtocol ?? 'http1' },
    bindings: forward.labels ? [] : [asked.binding ?? (isInternal(forward.url) ? 'internal' : 'public')],
    poolingEnabled: asked.poolingEnabled ?? false,
    inspect: isInspected,
    metadata: asked.metadata ?? '',
    description: asked.description ?? '',
  };
}

function isInternal(url: string): boolean {
  return /\.internal(?::\d+)?\/?$/.test(url);
}
