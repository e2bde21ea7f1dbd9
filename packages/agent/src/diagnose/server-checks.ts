import { type Clock, parseServerAddress, type ServerAddress } from '@adit/sdk';
import type { ServerSettings } from '../run/agent-settings.ts';
import { askServer } from './ask-server.ts';
import { diagnoseLimits } from './diagnose-limits.ts';
import { type Finding, reasonOf, within } from './finding.ts';
import { addressesOf, openTcp, openTls, trustOf } from './reach.ts';

export interface ServerChecks extends Pick<ServerSettings, 'serverAddr' | 'caFile'> {
  readonly isIpv6Only: boolean;
  readonly clock: Clock;
}

/** Every step on the way to the server, until one fails. */
export async function* checkServer(options: ServerChecks): AsyncGenerator<Finding> {
  const address = parseServerAddress(options.serverAddr);
  const resolved = await resolve(address, options);
  yield resolved.finding;
  const reachable: string[] = [];
  for (const ip of resolved.addresses) {
    const finding = await reach(
      { ip, address, isLast: ip === resolved.addresses.at(-1) && reachable.length === 0 },
      options,
    );
    if (finding.state === 'ok') reachable.push(ip);
    yield finding;
  }
  const [ip] = reachable;
  if (ip !== undefined) yield* checkProtocol({ ip, address }, options);
}

async function resolve(address: ServerAddress, { isIpv6Only, clock }: ServerChecks) {
  const check = 'Name resolution';
  const startMs = clock.now();
  try {
    const limits = { clock, timeoutMs: diagnoseLimits.resolveTimeoutMs };
    const addresses = await within(limits, () => addressesOf(address.host, isIpv6Only));
    if (addresses.length === 0) throw new Error('it has no IPv6 address');
    const detail = `${address.host} is ${addresses.join(', ')}`;
    return { addresses, finding: ok(check, detail, clock.now() - startMs) };
  } catch (error) {
    const finding: Finding = {
      check,
      state: 'fail',
      detail: `${address.host}: ${reasonOf(error)}`,
      milliseconds: null,
    };
    return { addresses: [], finding };
  }
}

/** One address of several that does not answer is a warning: the others are tried, and sessions do the same. */
async function reach(
  { ip, address, isLast }: { ip: string; address: ServerAddress; isLast: boolean },
  { clock }: ServerChecks,
): Promise<Finding> {
  const check = 'TCP';
  const place = `${ip} port ${address.port}`;
  const startMs = clock.now();
  try {
    const socket = await within({ clock, timeoutMs: diagnoseLimits.tcpTimeoutMs }, (signal) =>
      openTcp(ip, address.port, signal),
    );
    socket.destroy();
    return ok(check, place, clock.now() - startMs);
  } catch (error) {
    return { check, state: isLast ? 'fail' : 'warn', detail: `${place}: ${reasonOf(error)}`, milliseconds: null };
  }
}

async function* checkProtocol(
  { ip, address }: { ip: string; address: ServerAddress },
  { clock, caFile }: ServerChecks,
): AsyncGenerator<Finding> {
  const timeoutMs = diagnoseLimits.answerTimeoutMs;
  let step: 'TLS' | 'Agent protocol' = 'TLS';
  let socket: Awaited<ReturnType<typeof openTcp>> | undefined;
  try {
    const trust = await trustOf(caFile);
    socket = await within({ clock, timeoutMs }, (signal) => openTcp(ip, address.port, signal));
    const tcp = socket;
    const startMs = clock.now();
    const secured = await within({ clock, timeoutMs }, () => openTls(tcp, address, trust));
    const facts = `${secured.getProtocol()}, the certificate is trusted`;
    yield ok('TLS', facts, clock.now() - startMs);
    step = 'Agent protocol';
    const askedMs = clock.now();
    await askServer(secured, { clock, timeoutMs });
    yield ok(step, 'the server answers', clock.now() - askedMs);
  } catch (error) {
    yield { check: step, state: 'fail', detail: `${address.text}: ${reasonOf(error)}`, milliseconds: null };
  } finally {
    socket?.destroy();
  }
}

function ok(check: string, detail: string, milliseconds: number): Finding {
  return { check, state: 'ok', detail, milliseconds: Math.round(milliseconds) };
}
