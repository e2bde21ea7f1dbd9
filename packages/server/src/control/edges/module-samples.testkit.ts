import type { modulesOf } from '@adit/contracts/api';
import type { DocumentKind } from '../../domain/document.ts';
import type { Person, World } from '../control.testkit.ts';
import { makeOne } from '../resources/samples.testkit.ts';

export type EdgeKind = keyof typeof modulesOf;

/** A body for each module; what it names is made in that person's account. */
export async function moduleBody(
  world: World,
  person: Person,
  { kind, name }: { readonly kind: EdgeKind; readonly name: string },
): Promise<object> {
  const idOf = async (of: DocumentKind) => (await makeOne(world, person, of)).id;
  if (name === 'backend') return { backend_id: await idOf('tunnelGroupBackend') };
  if (name === 'ip_restriction') return { ip_policy_ids: [await idOf('ipPolicy')] };
  if (name === 'mutual_tls') return { certificate_authority_ids: [await idOf('certificateAuthority')] };
  if (name === 'webhook_verification') return { provider: 'github', secret: 'the secret' };
  if (name === 'traffic_policy') return { value: kind === 'httpsEdgeRoute' ? 'on_http_request: []' : '{}' };
  return {};
}
