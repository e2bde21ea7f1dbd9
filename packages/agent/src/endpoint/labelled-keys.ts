import { AditError } from '@adit/contracts';
import type { Labels } from '@adit/sdk';
import type { EndpointKeys } from '../config/agent-config.ts';
import { onlyOnEdges } from '../config/refused-keys.ts';

/** What can be said of a tunnel without an address. Whatever else there is or will be needs one, or is done by the server. */
const ownKeys: ReadonlySet<string> = new Set<keyof EndpointKeys>([
  'name',
  'labels',
  'upstream',
  'inspect',
  'metadata',
  'agent_tls_termination',
]);
const keysOfUpstream: ReadonlySet<string> = new Set<keyof EndpointKeys['upstream']>([
  'url',
  'protocol',
  'tls_verify',
  'tls_verify_cas',
]);

/** @throws {AditError} 9201: it has another key. */
export function refuseKeysOfEdges(keys: EndpointKeys): void {
  const other =
    Object.keys(keys).find((key) => !ownKeys.has(key)) ??
    Object.keys(keys.upstream).find((key) => !keysOfUpstream.has(key));
  if (other === undefined) return;
  throw new AditError(9201, `Cannot use "${other}" for "${keys.name}": ${onlyOnEdges}`);
}

/**
 * Reads `key=value` each. How long and how many they may be is the server's to say.
 *
 * @throws {AditError} 9201: it is not written so, or a key comes twice.
 */
export function readLabels(texts: readonly string[]): Labels {
  const fail = (text: string, why: string) =>
    new AditError(9201, `Cannot use the label ${JSON.stringify(text)}: ${why}`);
  const labels = new Map<string, string>();
  for (const text of texts) {
    const [, key, value] = /^([^=*\p{C}\s]+)=([^=*\p{C}\s]+)$/u.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      throw fail(text, 'it must be key=value, printable, without spaces, "*" and a second "="');
    }
    if (labels.has(key)) throw fail(text, 'there is another one with that key');
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}
