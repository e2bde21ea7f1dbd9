import { type Id, idPrefixes } from '@adit/contracts';
import { type Endpoint, labelsOf } from '../domain/endpoint.ts';
import type { Labels } from '../domain/labels.ts';

/** Those of the endpoints that are tunnels with all of these labels, as tunnels. */
export function tunnelsWith(endpoints: readonly Endpoint[], labels: Labels): readonly Id<'tunnel'>[] {
  const wanted = Object.entries(labels);
  return endpoints.flatMap((endpoint) => {
    const own = labelsOf(endpoint.part);
    const hasAll = own && wanted.every(([key, value]) => Object.hasOwn(own, key) && own[key] === value);
    return hasAll ? [tunnelId(endpoint)] : [];
  });
}

/** A tunnel is an endpoint under another name, so its id is the endpoint's with another prefix. */
export function tunnelId({ id }: Endpoint): Id<'tunnel'> {
  return `${idPrefixes.tunnel}_${id.slice(idPrefixes.endpoint.length + 1)}`;
}
