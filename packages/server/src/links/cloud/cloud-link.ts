import { AditError } from '@adit/contracts';
import type { Link } from '../../domain/link.ts';

/**
 * The link of endpoints that have nothing behind them: their policies answer or forward. Whoever they let through all the same
 * is told so (6029).
 */
export const cloudLink: Link = {
  kind: 'cloud',
  open() {
    throw new AditError(6029);
  },
};
