import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupKind, Surroundings } from '../job.ts';
import type { IdleMemory } from '../report/targets.ts';
import { idleSessionBytes, idleVisitorBytes } from './idle-memory.ts';

/** The name by which `--only` chooses these measurements. */
export const idleMemoryName = 'idle memory';

/** What idle connections cost: visitors of Adit and nginx, agent sessions of Adit without and with two endpoints. */
export async function measureIdle(kinds: readonly SetupKind[], surroundings: Surroundings): Promise<IdleMemory> {
  const found: Record<string, number> = {};
  const add = async (what: string, measure: (place: Surroundings) => Promise<number | undefined>): Promise<void> => {
    const workDir = mkdtempSync(join(surroundings.workDir, 'idle-'));
    const bytes = await measure({ ...surroundings, workDir }).catch((error: unknown) => {
      process.stderr.write(`failed: ${what}: ${error instanceof Error ? error.message : error}\n`);
      return undefined;
    });
    if (bytes !== undefined) found[what] = bytes;
  };
  for (const kind of kinds) {
    const { name, checkout } = kind;
    if (checkout !== undefined || name === 'nginx') {
      await add(`${name} visitor`, (place) => idleVisitorBytes(kind, place));
    }
    if (checkout === undefined) continue;
    await add(`${name} session`, (place) => idleSessionBytes(checkout, place, 0));
    await add(`${name} session with two endpoints`, (place) => idleSessionBytes(checkout, place, 2));
  }
  return found;
}
