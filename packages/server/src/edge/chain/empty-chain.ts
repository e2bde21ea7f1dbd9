import { proceed } from '@adit/policy-kit';
import type { Chain } from '../../domain/chain.ts';

/** The chain without policies, shared by all endpoints that have none: lets everything through and allocates nothing. */
export const emptyChain: Chain = Object.freeze({
  isEmpty: true,
  connect: () => proceed,
  request: () => proceed,
  recheck: () => proceed,
  close: () => {},
});
