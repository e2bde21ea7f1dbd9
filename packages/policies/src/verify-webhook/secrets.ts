import { AditError } from '@adit/contracts';
import type { ConnectContext, PolicyHost, Template } from '@adit/policy-kit';
import type { Provider } from './provider.ts';
import type { VerifyWebhookConfig } from './schema.ts';
import { parsePublicKey } from './schemes/ecdsa.ts';
import type { Scheme } from './schemes/scheme.ts';
import { isTopicOwner } from './schemes/sns.ts';
import { credentialsOf } from './schemes/token.ts';
import { keysOf } from './secret-keys.ts';

/** The secrets of one configuration; each may be a template. */
export class Secrets {
  readonly #templates: readonly Template[];

  /**
   * @throws {AditError} 9600: there is none, or one cannot be a secret of this provider; 379: one is no key of SendGrid's.
   * 2200: as `PolicyHost.template`.
   */
  constructor(provider: Provider, { secret, secrets }: VerifyWebhookConfig, host: PolicyHost) {
    const texts = secret === undefined ? secrets : [secret, ...secrets];
    if (texts.length === 0 && !provider.isSecretOptional) {
      throw new AditError(9600, `Cannot verify webhooks of "${provider.id}": "secret" is missing`);
    }
    this.#templates = texts.map((text) => host.template(text));
    for (const { constant } of this.#templates) if (constant !== null) checkSecret(provider, constant);
  }

  render(context: ConnectContext): string[] {
    return this.#templates.map((template) => template.render(context));
  }
}

/** Wrong ones are found when they are written, not when the first delivery is refused. Never says what the secret is. */
function checkSecret({ id, schemes: [scheme] }: Provider, secret: string): void {
  const wrong = secret === '' ? 'it is empty' : wrongForm(scheme, secret);
  if (wrong === undefined) return;
  const isKey = scheme.family === 'ecdsa';
  throw new AditError(isKey ? 379 : 9600, `Cannot use a secret for "${id}": ${wrong}`);
}

function wrongForm(scheme: Scheme, secret: string): string | undefined {
  switch (scheme.family) {
    case 'ecdsa':
      return parsePublicKey(secret) ? undefined : 'it is not a public key of ECDSA in base64';
    case 'sns':
      return isTopicOwner(secret) ? undefined : 'it is neither the id of an account (12 digits) nor the ARN of a topic';
    case 'token':
      return scheme.form === 'plain' || credentialsOf(secret) ? undefined : 'it is not written "user::password"';
    case 'hmac':
      return keysOf(secret, scheme.keyForm ?? 'text').length > 0 ? undefined : 'it is not base64';
    default:
      return undefined;
  }
}
