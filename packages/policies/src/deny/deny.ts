import { type Decision, definePolicy } from '@adit/policy-kit';
import { type DenyConfig, denyConfig } from './schema.ts';

/** Refuses whoever gets here; see README.md. */
export const deny = definePolicy<DenyConfig>({
  name: 'deny',
  phases: ['on_tcp_connect', 'on_http_request'],
  schema: denyConfig,
  isTerminating: () => true,
  reasons: { refused: 'The rule applies.' },
  prepare({ status_code: status }) {
    const response: Decision = Object.freeze({
      ...{ outcome: 'respond', reason: 'deny/refused', status, isRefusal: true },
      ...{ headers: [], body: new Uint8Array() },
    });
    const close: Decision = Object.freeze({ outcome: 'close', reason: 'deny/refused' });
    return {
      connect: () => close,
      request: () => response,
      recheck: () => close,
    };
  },
});
