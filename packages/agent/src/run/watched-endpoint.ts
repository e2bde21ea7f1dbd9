import { openUpstream } from '@adit/sdk';
import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { WatchedEndpoint } from '../inspector/index.ts';

/** What the inspector needs of an endpoint: whether to look, and a way to its upstream for replays. */
export function watchedEndpoint({ name, upstream, isInspected }: EndpointDefinition): WatchedEndpoint {
  const speaks = upstream.kind === 'network' ? upstream.speaks : 'http1';
  return { name, isInspected, speaks, open: (options) => openUpstream(upstream, options) };
}
