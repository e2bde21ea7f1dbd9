import { AditError } from '@adit/contracts';
import type { HostPort } from '../config/host-port.ts';
import type { RememberedPorts } from '../data-dir/remembered-ports.ts';
import { openOnFreePort } from '../edge/listener/free-port.ts';
import type { Listener } from '../edge/listener/listener.ts';

type Open<T> = (port: number) => Promise<T>;

/**
 * A service's own listener: the port that was asked for; else the one this data directory had before, if it is free;
 * else any free one (docs/adr/0003).
 */
export async function openOwnPort<T>(
  service: string,
  { port }: HostPort,
  { remembered, open }: { remembered: RememberedPorts; open: Open<T> },
): Promise<T> {
  const before = port ?? remembered.get(service) ?? 0;
  try {
    return await open(before);
  } catch (error) {
    const mayChoose = port === null && before !== 0 && error instanceof AditError && error.code === 9220;
    if (!mayChoose) throw error;
    return open(0);
  }
}

/** A public port. With `onPortTaken` the next free one is taken instead of failing, and told. */
export async function openPublicPort<T extends Listener>(
  port: number,
  { open, onPortTaken }: { open: Open<T>; onPortTaken: ((taken: number, chosen: number) => void) | undefined },
): Promise<T> {
  if (!onPortTaken || port === 0) return open(port);
  const { listener, takenPort } = await openOnFreePort(port, open);
  if (takenPort !== null) onPortTaken(takenPort, listener.port);
  return listener;
}
