import { AditError, nearestKey } from '@adit/contracts';
import { definePolicy } from '@adit/policy-kit';
import { refusals } from './delivery.ts';
import type { Provider } from './provider.ts';
import { findProvider, providers } from './providers.ts';
import { type VerifyWebhookConfig, verifyWebhookConfig } from './schema.ts';
import { WebhookGate } from './webhook-gate.ts';

/** Slow senders of long content; the rest takes milliseconds. */
const timeoutMs = 10_000;

/** Lets only those requests in that a provider of webhooks has signed; see README.md. */
export const verifyWebhook = definePolicy<VerifyWebhookConfig>({
  name: 'verify-webhook',
  phases: ['on_http_request'],
  schema: verifyWebhookConfig,
  reasons: { ...refusals, handshake: 'The provider asked whether the address is yours, and was answered here.' },
  results: { verified: 'bool', error: { code: 'string', message: 'string' } },
  prepare(config, host) {
    const gate = new WebhookGate(providerOf(config), config, host);
    return { request: (context) => gate.decide(context), timeoutMs };
  },
});

function providerOf({ provider: id, verify_token: token }: VerifyWebhookConfig): Provider {
  if (id === '') throw new AditError(363, 'Cannot verify webhooks: "provider" is empty');
  const provider = findProvider(id);
  if (!provider) throw unknownProvider(id);
  if (token !== undefined && provider.handshake !== 'meta') {
    throw new AditError(
      9600,
      `Cannot use "verify_token" with provider "${provider.id}": only those of Meta ask for one`,
    );
  }
  return provider;
}

function unknownProvider(id: string): AditError {
  const known = providers.flatMap((provider) => [provider.id, ...(provider.aliases ?? [])]);
  const nearest = nearestKey(id, known);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return new AditError(364, `Cannot verify webhooks of ${JSON.stringify(id)}: no provider has that id${hint}`);
}
