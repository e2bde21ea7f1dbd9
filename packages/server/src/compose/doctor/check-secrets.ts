import { AditError } from '@adit/contracts';
import type { EffectiveOptions } from '../../config/effective-options.ts';
import { countKeys } from '../../secrets/open-key-ring.ts';
import type { Finding } from './finding.ts';

const about = 'secrets';

/**
 * Whether the keys are there that the data was sealed with: a backup is without them, and without them no server starts.
 *
 * @param sealed The beginnings of what is sealed.
 */
export function checkSecrets({ secretsKeys }: EffectiveOptions, sealed: readonly Uint8Array[]): Finding {
  try {
    const count = countKeys(secretsKeys, sealed);
    const text = count === 0 ? 'Nothing is encrypted yet; the next start makes the key.' : 'The secrets key is there.';
    return { about, level: 'ok', text };
  } catch (error) {
    if (!(error instanceof AditError)) throw error;
    return { about, level: 'fail', text: error.message, todo: error.row.help };
  }
}
