/** Wrong ones from one place within a minute; then nothing from there is looked at until a minute after the first. */
const maxFailures = 20;
const windowMs = 60_000;
/** Places that are remembered; those that failed first are forgotten first. */
const maxClients = 10_000;

interface Failures {
  count: number;
  readonly sinceMs: number;
}

/** Counts wrong credentials by where they come from, so that nobody can try them all. */
export class Throttle {
  readonly #clients = new Map<string, Failures>();

  isBlocked(client: string, nowMs: number): boolean {
    const failures = this.#current(client, nowMs);
    return failures !== undefined && failures.count >= maxFailures;
  }

  failed(client: string, nowMs: number): void {
    const failures = this.#current(client, nowMs);
    if (failures) failures.count++;
    else this.#remember(client, { count: 1, sinceMs: nowMs });
  }

  #current(client: string, nowMs: number): Failures | undefined {
    const failures = this.#clients.get(client);
    return failures && nowMs - failures.sinceMs < windowMs ? failures : undefined;
  }

  #remember(client: string, failures: Failures): void {
    this.#clients.delete(client);
    this.#clients.set(client, failures);
    if (this.#clients.size <= maxClients) return;
    for (const oldest of this.#clients.keys()) return void this.#clients.delete(oldest);
  }
}

/** Whoever has one IPv6 address usually has the whole /64. */
export function clientOf(clientIp: string): string {
  if (!clientIp.includes(':')) return clientIp;
  const [head = '', tail] = clientIp.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
