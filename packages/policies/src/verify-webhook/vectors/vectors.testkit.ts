import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { HeaderFields } from '@adit/policy-kit';
import type { Checks, Delivery, RefusalReason } from '../delivery.ts';

/**
 * One delivery and what it must be judged. `published`: by the provider itself, in its documentation or code. `independent`:
 * made, or accepted, by a library that is not ours, or computed by somebody else. `own`: made by us, not with this module.
 */
export interface Vector {
  readonly provider: string;
  readonly kind: 'published' | 'independent' | 'own';
  /** Where it is from: an address, or a library with its version. */
  readonly source: string;
  /** What is special about it. */
  readonly title?: string;
  readonly secrets: readonly string[];
  readonly nowMs: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How `body` is written. Default: as text. */
  readonly encoding?: 'base64';
  /** PEM by address, for SNS. */
  readonly certificates?: Readonly<Record<string, string>>;
  /** Default: accepted. */
  readonly expected?: RefusalReason;
}

/** All of them, from the JSON files beside this one. */
export const vectors: readonly Vector[] = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Vector[]);

export function deliveryOf({ method, url, headers, body, encoding }: Vector): Delivery {
  const lines = Object.entries(headers).flat();
  return { method, url, headers: new HeaderFields(lines), body: Buffer.from(body, encoding ?? 'utf8') };
}

export function checksOf({ secrets, nowMs, certificates = {} }: Vector): Checks {
  const get = async (url: string) => (certificates[url] ? new X509Certificate(certificates[url]) : undefined);
  return { secrets, nowMs, certificates: { get } };
}
