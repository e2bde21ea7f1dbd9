import { AditError } from '@adit/contracts';
import type { Principal } from '../domain/principal.ts';
import { hashSecret, isSecretOf } from '../domain/secret.ts';
import type { Store } from '../domain/store.ts';

/**
 * Who sent this Authorization header? Asks the store each time, so that a revoked key is refused from then on.
 *
 * @throws {AditError} 200: no header. 201: not Bearer. 206: an authtoken. 202: not the form of a key. 203: nobody's key. 205: the
 * account is suspended.
 */
export async function authenticate(
  store: Pick<Store, 'findPrincipal'>,
  authorization: string | undefined,
): Promise<Principal> {
  if (authorization === undefined) throw new AditError(200);
  const [scheme, token = ''] = authorization.split(/ +(.*)/s);
  if (scheme?.toLowerCase() !== 'bearer') throw new AditError(201);
  if (isSecretOf('authtoken', token)) throw new AditError(206);
  if (!isSecretOf('api_key', token)) throw new AditError(202);
  const principal = await store.findPrincipal('api_key', hashSecret(token));
  if (!principal) throw new AditError(203);
  return principal;
}
