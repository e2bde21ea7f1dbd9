import type { Denial } from '@adit/policy-kit';
import type { Chain, ChainRequest, ChainVisit } from '../../domain/chain.ts';

const refused: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/not-enforceable', code: 9004 });

const request: ChainRequest = Object.freeze({
  decide: () => refused,
  decidesAnswers: true,
  answer: () => refused,
  decidesEvents: true,
  event: () => refused,
  identity: [],
  logged: [],
  trace: () => [],
  over: () => {},
});
const visit: ChainVisit = Object.freeze({ connect: () => refused, request: () => request, trace: () => [] });

/** In place of a chain that cannot be made any more: lets nobody in. */
export const refusingChain: Chain = Object.freeze({
  isEmpty: false,
  tls: null,
  visit: () => visit,
  recheck: () => refused,
  close: () => {},
});
