import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ConnectContext, Template } from '@adit/policy-kit';
import { isPair } from './schema.ts';

/**
 * The pairs that may enter. They are compared as digests under a key of this process: in a time that tells nothing of where
 * they differ, nor of which of them it was.
 */
export class Credentials {
  readonly #key = randomBytes(32);
  readonly #templates: readonly Template[];
  /** Of those without expressions. */
  readonly #constant: readonly Buffer[];

  constructor(templates: readonly Template[]) {
    this.#templates = templates.filter(({ constant }) => constant === null);
    this.#constant = templates.flatMap(({ constant }) => (constant === null ? [] : [this.#digestOf(constant)]));
  }

  /** @param presented `user:password`. */
  has(presented: string, context: ConnectContext): boolean {
    const digest = this.#digestOf(presented);
    const rendered = this.#templates.map((template) => this.#digestOf(checked(template, context)));
    let isKnown = false;
    for (const one of [...this.#constant, ...rendered]) if (timingSafeEqual(one, digest)) isKnown = true;
    return isKnown;
  }

  #digestOf(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

/**
 * An expression that stands for a part must not bring a colon of its own: whose user name it then were is not said.
 *
 * @throws {TypeError} It did, or what came of it is no credential: one that stands for nothing must let in nobody.
 */
function checked(template: Template, context: ConnectContext): string {
  const text = template.render(context);
  const isWhole = /^\$\{[^}]*\}$/.test(template.text);
  const colons = text.split(':').length - 1;
  const written = template.text.replaceAll(/\$\{[^}]*\}/g, '').split(':').length - 1;
  if (!isPair(text) || (!isWhole && colons !== written))
    throw new TypeError('Cannot use a credential from an expression');
  return text;
}
