import { type Id, isId } from '@adit/contracts';
import { z } from 'zod';
import type { EndpointAddress } from '../../domain/address.ts';
import type { Signer } from './signer.ts';

/**
 * What a bind token says. The agent gives it back when it binds again, so the same endpoint comes back under the same
 * id and URL even from a server that has forgotten everything (agent protocol, §14.2.3).
 */
export interface BindClaims {
  readonly endpointId: Id<'endpoint'>;
  readonly accountId: Id<'account'>;
  readonly address: EndpointAddress;
  /** Of the options that protect the endpoint: a rebind must not weaken them. */
  readonly optionsDigest: string;
  readonly createdAtMs: number;
}

const maxTokenChars = 2_048;

/** Checked although we signed it: a later version may write another form with the same key. */
const signedBody = z.tuple([
  z.string().refine((text) => isId('endpoint', text)),
  z.string().refine((text) => isId('account', text)),
  z.enum(['http', 'https', 'tcp', 'tls']),
  z.string(),
  z.int().nullable(),
  z.enum(['public', 'internal']),
  z.string(),
  z.number(),
]);

export function signBindToken(claims: BindClaims, signer: Signer): string {
  const { endpointId, accountId, address, optionsDigest, createdAtMs } = claims;
  const { scheme, host, port, binding } = address;
  const body = JSON.stringify([endpointId, accountId, scheme, host, port, binding, optionsDigest, createdAtMs]);
  return `${Buffer.from(body).toString('base64url')}.${signer.sign('bind-token', [body])}`;
}

/** The claims of a token that we signed; undefined for everything else. Says nothing about who may use it. */
export function readBindToken(token: string, signer: Signer): BindClaims | undefined {
  const [encoded = '', signature = ''] = token.length <= maxTokenChars ? token.split('.', 2) : [];
  const body = Buffer.from(encoded, 'base64url').toString();
  if (!signer.isValid(signature, 'bind-token', [body])) return undefined;
  const { data } = signedBody.safeParse(JSON.parse(body));
  if (data === undefined) return undefined;
  const [endpointId, accountId, scheme, host, port, binding, optionsDigest, createdAtMs] = data;
  return {
    endpointId,
    accountId,
    address: { scheme, host, port, binding },
    optionsDigest,
    createdAtMs,
  };
}
