import { type Decision, definePolicy } from '@adit/policy-kit';
import { type CloseConnectionConfig, closeConnectionConfig } from './schema.ts';

const close: Decision = Object.freeze({ outcome: 'close', reason: 'close-connection/closed' });

/** Hangs up without a word; see README.md. */
export const closeConnection = definePolicy<CloseConnectionConfig>({
  name: 'close-connection',
  phases: ['on_tcp_connect', 'on_http_request'],
  schema: closeConnectionConfig,
  isTerminating: () => true,
  reasons: { closed: 'The rule applies.' },
  prepare: () => ({ connect: () => close, request: () => close, recheck: () => close }),
});
