import type { Checks, Claim, Delivery } from '../delivery.ts';
import { type ContentfulScheme, claimByContentful } from './contentful.ts';
import { claimByEcdsa, type EcdsaScheme } from './ecdsa.ts';
import { claimByHmac, type HmacScheme } from './hmac.ts';
import { claimByHygraph, type HygraphScheme } from './hygraph.ts';
import { claimByKeyedHash, type KeyedHashScheme } from './keyed-hash.ts';
import { claimByMailgun, type MailgunScheme } from './mailgun.ts';
import { claimByPlivo, type PlivoScheme } from './plivo.ts';
import { claimBySns, type SnsScheme } from './sns.ts';
import { claimByToken, type TokenScheme } from './token.ts';
import { claimByUrlAndForm, type UrlAndFormScheme } from './url-and-form.ts';

/** How a provider signs: a family, and what tells one member of it from another. */
export type Scheme =
  | HmacScheme
  | UrlAndFormScheme
  | PlivoScheme
  | KeyedHashScheme
  | MailgunScheme
  | ContentfulScheme
  | HygraphScheme
  | EcdsaScheme
  | SnsScheme
  | TokenScheme;

/** What a delivery claims by that scheme. @throws {Refused} It cannot be read so. */
export function claimBy(scheme: Scheme, delivery: Delivery, checks: Checks): Claim | Promise<Claim> {
  switch (scheme.family) {
    case 'hmac':
      return claimByHmac(scheme, delivery, checks);
    case 'url-and-form':
      return claimByUrlAndForm(scheme, delivery, checks);
    case 'plivo':
      return claimByPlivo(scheme, delivery, checks);
    case 'keyed-hash':
      return claimByKeyedHash(scheme, delivery, checks);
    case 'mailgun':
      return claimByMailgun(scheme, delivery, checks);
    case 'contentful':
      return claimByContentful(scheme, delivery, checks);
    case 'hygraph':
      return claimByHygraph(scheme, delivery, checks);
    case 'ecdsa':
      return claimByEcdsa(scheme, delivery, checks);
    case 'sns':
      return claimBySns(scheme, delivery, checks);
    case 'token':
      return claimByToken(scheme, delivery, checks);
  }
}
