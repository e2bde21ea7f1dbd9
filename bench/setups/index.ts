// One file for each way from a visitor to the origin. A new one is a file and a word in the list below.
import { fileURLToPath } from 'node:url';
import type { SetupKind } from '../job.ts';
import { isNamed, type Options } from '../options.ts';
import { adit } from './adit.ts';
import { bareRelay } from './bare-relay.ts';
import { bore } from './bore.ts';
import { direct } from './direct.ts';
import { frpHttp, frpHttps } from './frp.ts';
import { nginx } from './nginx.ts';
import { piko } from './piko.ts';
import { rathole } from './rathole.ts';
import { sish } from './sish.ts';
import { ssh } from './ssh.ts';

const ourCheckout = fileURLToPath(new URL('../../', import.meta.url));

/** The setups that were asked for, in the order of the tables. `direct` always takes part, as others are compared with it. */
export function setupKinds({ setups, baseCheckout }: Pick<Options, 'setups' | 'baseCheckout'>): SetupKind[] {
  const base = baseCheckout === undefined ? [] : [adit(baseCheckout, 'adit base')];
  const others = [adit(ourCheckout), ...base, bareRelay, nginx, ssh, frpHttps, frpHttp, sish, piko, rathole, bore];
  return [direct, ...others.filter(({ name }) => isNamed(name, setups))];
}
