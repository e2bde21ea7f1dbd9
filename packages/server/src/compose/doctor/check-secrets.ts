import { AditError } from '@adit/contracts';
import { systemClock as clock } from '../../clock/system-clock.ts';
import type { SecretsSealer } from '../../domain/sealer.ts';
import { openKeyRing } from '../../secrets/open-key-ring.ts';
import type { SqlStore } from '../../store/sql-store.ts';
import { noSealer } from '../../store/sqlite/backup/no-sealer.ts';
import { openOperatorsStore } from '../open-operators-store.ts';
import type { Check } from './finding.ts';

const about = 'secrets';
const keyErrors: readonly number[] = [9240, 9242];

/** Whether the keys are here that what is encrypted needs: without one the server does not start. */
export const checkSecrets: Check = async ({ settings: { dataDir, secretsKeys }, database }) => {
  let keys = 0;
  const openSealer = async (sealed: readonly Uint8Array[]): Promise<SecretsSealer> => {
    keys = sealed.length;
    // Where nothing is encrypted yet the file would be made, and the doctor changes nothing.
    return keys === 0 ? noSealer : await openKeyRing(secretsKeys, sealed);
  };
  const store = await openOperatorsStore({ database, dataDir, clock, openSealer }).catch(unlessOfKeys);
  await store?.close();
  if (!store) return [];
  if (keys === 0) return [{ about, level: 'ok', text: 'Nothing is encrypted yet.' }];
  return [{ about, level: 'ok', text: 'The keys of what is encrypted are here.' }];
};

/** Whatever else is wrong with the data, another check says. */
function unlessOfKeys(error: unknown): SqlStore | undefined {
  if (error instanceof AditError && keyErrors.includes(error.code)) throw error;
  return undefined;
}
