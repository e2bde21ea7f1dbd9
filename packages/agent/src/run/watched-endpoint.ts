import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { dialUpstream } from '@adit/sdk';
import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { WatchedEndpoint } from '../inspector/index.ts';

/** What the inspector needs of an endpoint: whether to look, and a way to its upstream for replays. */
export function watchedEndpoint({ name, upstream, isInspected }: EndpointDefinition): WatchedEndpoint {
  return { name, isInspected, dial: () => dial(upstream) };
}

async function dial(upstream: EndpointDefinition['upstream']): Promise<Duplex> {
  if (upstream.kind === 'folder')
    throw new AditError(8012, `Cannot send it to "${upstream.url}" again: it is a folder`);
  const socket = dialUpstream(upstream);
  const usesTls = upstream.protocol === 'https' || upstream.protocol === 'tls';
  return await new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(new AditError(8012, `Cannot reach "${upstream.url}"`, { cause }));
    socket.once('error', fail).once(usesTls ? 'secureConnect' : 'connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
