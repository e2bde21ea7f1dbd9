import { lookup } from 'node:dns/promises';
import type { Clock } from '@adit/sdk';
import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import { diagnoseLimits } from './diagnose-limits.ts';
import { type Finding, reasonOf, within } from './finding.ts';
import { addressesOf, openTcp } from './reach.ts';

/** Services are mostly on `localhost`; a machine that does not know the name has surprises in store. */
export async function checkLocalhost(clock: Clock): Promise<Finding> {
  const check = 'Local name';
  try {
    const { address } = await within({ clock, timeoutMs: diagnoseLimits.resolveTimeoutMs }, () => lookup('localhost'));
    return { check, state: 'ok', detail: `localhost is ${address}`, milliseconds: null };
  } catch (error) {
    return { check, state: 'warn', detail: `localhost: ${reasonOf(error)}`, milliseconds: null };
  }
}

/** Whether the service of an endpoint listens. Folders have no port to ask. */
export async function checkUpstream(
  { name, upstream }: EndpointDefinition,
  clock: Clock,
): Promise<Finding | undefined> {
  if (upstream.kind !== 'network') return undefined;
  const { host, port, url } = upstream;
  const check = 'Service';
  const startMs = clock.now();
  try {
    const milliseconds = await within({ clock, timeoutMs: diagnoseLimits.tcpTimeoutMs }, async (signal) => {
      const addresses = await addressesOf(host, false);
      const tries = addresses.map(async (ip) => (await openTcp(ip, port, signal)).destroy());
      await Promise.any(tries).catch((error: AggregateError) => {
        throw error.errors[0];
      });
      return Math.round(clock.now() - startMs);
    });
    return { check, state: 'ok', detail: `"${name}": ${url} listens`, milliseconds };
  } catch (error) {
    return { check, state: 'warn', detail: `"${name}": ${url}: ${reasonOf(error)}`, milliseconds: null };
  }
}
