import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import type { TxtResolver } from '../../domain/txt-resolver.ts';
import { pause } from '../../domain/wait.ts';
import type { DnsRecord } from './dns-solver.ts';

/** Somebody who must see the record. */
export interface Witness {
  /** For errors: `192.0.2.1:53`, "the resolver". */
  readonly who: string;
  readonly look: TxtResolver;
  /** True: when it does not answer at all, nobody waits for it. */
  readonly isOptional: boolean;
}

interface WaitDeps {
  readonly clock: Clock;
  readonly limits: { readonly visibleMs: number; readonly pollMs: number };
}

/** @throws {AditError} 9272: somebody still does not see it when time is up. */
export async function waitUntilVisible(
  record: DnsRecord,
  witnesses: readonly Witness[],
  { clock, limits }: WaitDeps,
): Promise<void> {
  const startedMs = clock.now();
  for (let waiting = witnesses; ; ) {
    const looks = await Promise.all(
      waiting.map(async (witness) => ({ witness, missing: await missingAt(record, witness) })),
    );
    const missing = looks.filter((look) => look.missing !== undefined);
    const [first] = missing;
    if (!first) return;
    if (clock.now() - startedMs + limits.pollMs > limits.visibleMs) throw notSeen(record, first, limits);
    await pause(clock, limits.pollMs);
    waiting = missing.map(({ witness }) => witness);
  }
}

/** Undefined: it sees the record, or need not. */
async function missingAt({ name, value }: DnsRecord, { look, isOptional }: Witness): Promise<string | undefined> {
  try {
    return (await look(name)).includes(value) ? undefined : 'does not have it yet';
  } catch (error) {
    return isOptional ? undefined : `does not answer: ${(error as Error).message}`;
  }
}

function notSeen(
  { name }: DnsRecord,
  { witness, missing }: { witness: Witness; missing: string | undefined },
  { visibleMs }: { visibleMs: number },
): AditError {
  const time = `after ${visibleMs / 1000} s`;
  return new AditError(9272, `Cannot publish the TXT record "${name}": ${time} ${witness.who} ${missing}`);
}
