import { proceed } from '@adit/policy-kit';
import type { Chain, ChainRequest, ChainVisit } from '../../domain/chain.ts';

const request: ChainRequest = Object.freeze({
  decide: () => proceed,
  decidesAnswers: false,
  answer: () => proceed,
  decidesEvents: false,
  event: () => proceed,
  identity: [],
  logged: [],
  trace: () => [],
  over: () => {},
});
const visit: ChainVisit = Object.freeze({ connect: () => proceed, request: () => request, trace: () => [] });

/** The chain without policies, shared by all endpoints that have none: lets everything through and allocates nothing. */
export const emptyChain: Chain = Object.freeze({
  isEmpty: true,
  tls: null,
  visit: () => visit,
  recheck: () => proceed,
  close: () => {},
});
