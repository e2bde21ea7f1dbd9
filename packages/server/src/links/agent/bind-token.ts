import { type Id, isId } from '@adit/contracts';
import type { EndpointScheme } from '../../domain/endpoint.ts';
import type { Signer } from './signer.ts';

/**
 * What a bind token says. The agent gives it back when it binds again, so the same endpoint comes back under the same
 * id and URL even from a server that has forgotten everything (agent protocol, §14.2.3).
 */
export interface BindClaims {
  readonly endpointId: Id<'endpoint'>;
  readonly accountId: Id<'account'>;
  readonly scheme: EndpointScheme;
  readonly host: string;
  /** Of the options that protect the endpoint: a rebind must not weaken them. */
  readonly optionsDigest: string;
  readonly createdAtMs: number;
}

const maxTokenChars = 2_048;

export function signBindToken(claims: BindClaims, signer: Signer): string {
  const { endpointId, accountId, scheme, host, optionsDigest, createdAtMs } = claims;
  const body = JSON.stringify([endpointId, accountId, scheme, host, optionsDigest, createdAtMs]);
  return `${Buffer.from(body).toString('base64url')}.${signer.sign('bind-token', [body])}`;
}

/** The claims of a token that we signed; undefined for everything else. Says nothing about who may use it. */
export function readBindToken(token: string, signer: Signer): BindClaims | undefined {
  const [encoded = '', signature = ''] = token.length <= maxTokenChars ? token.split('.', 2) : [];
  const body = Buffer.from(encoded, 'base64url').toString();
  if (!signer.isValid(signature, 'bind-token', [body])) return undefined;
  return fromSignedBody(JSON.parse(body));
}

/** Checked although we signed it: a later version may write another form with the same key. */
function fromSignedBody(body: unknown): BindClaims | undefined {
  if (!Array.isArray(body) || body.length !== 6) return undefined;
  const [endpointId, accountId, scheme, host, optionsDigest, createdAtMs]: unknown[] = body;
  if (typeof endpointId !== 'string' || !isId('endpoint', endpointId)) return undefined;
  if (typeof accountId !== 'string' || !isId('account', accountId)) return undefined;
  if (scheme !== 'http' && scheme !== 'https') return undefined;
  if (typeof host !== 'string' || typeof optionsDigest !== 'string' || typeof createdAtMs !== 'number')
    return undefined;
  return { endpointId, accountId, scheme, host, optionsDigest, createdAtMs };
}
