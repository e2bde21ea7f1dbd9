import { z } from 'zod';
import type { ConnectContext } from './context.ts';
import type { PolicyHost } from './define-policy.ts';
import type { Pattern, ResultShape } from './expressions.ts';

/** What users write to have parts of a text replaced; the same in every module that does so. */
export const replacementList = z
  .array(
    z.strictObject({
      from: z
        .string()
        .min(1)
        .meta({ expressions: 'inside' })
        .describe('A pattern (RE2) that is looked for anywhere in the content; may have expressions.'),
      to: z
        .string()
        .meta({ expressions: 'inside' })
        .default('')
        .describe(
          'What every match is replaced by; `$1` to `$9` stand for groups. May have expressions. Default: nothing, it is deleted.',
        ),
    }),
  )
  .min(1)
  .max(100);

/** What such a module leaves for expressions behind it; see `Replaced`. */
export const replacementResults: ResultShape = { replacements: 'list<dyn>' };

/** What was found; a module's result as it is. */
export interface Replaced {
  readonly replacements: readonly { readonly replacement_index: bigint; readonly matched_content: string }[];
}

/** What is told of matches; there may be very many. */
const maxTold = 100;
/** For all patterns together: each has as much for itself, and there may be a hundred. */
const maxReplaceMs = 1_000;

/** Patterns and what takes the place of their matches, one after the other: a later one sees what earlier ones made. */
export class Replacements {
  readonly #parts: readonly { patternAt(context: ConnectContext): Pattern; toAt(context: ConnectContext): string }[];
  readonly #host: Pick<PolicyHost, 'now'>;

  /** @throws {AditError} As `PolicyHost.template` and `PolicyHost.pattern`. */
  constructor(list: z.output<typeof replacementList>, host: Pick<PolicyHost, 'template' | 'pattern' | 'now'>) {
    this.#host = host;
    this.#parts = list.map(({ from, to }) => {
      const [source, replacement] = [host.template(from), host.template(to)];
      const fixed = source.constant === null ? undefined : host.pattern(source.constant);
      return {
        patternAt: (context) => fixed ?? host.pattern(source.render(context)),
        toAt: (context) => replacement.render(context),
      };
    });
  }

  /**
   * Replaces in texts, with the expressions as they are now.
   *
   * @throws When one cannot be evaluated; what it answers does, when it takes too long or makes too much.
   */
  at(context: ConnectContext): (text: string) => Replaced & { readonly text: string } {
    const parts = this.#parts.map(({ patternAt, toAt }) => ({ pattern: patternAt(context), to: toAt(context) }));
    return (text) => {
      const replacements: Replaced['replacements'][number][] = [];
      const startMs = this.#host.now();
      for (const [index, { pattern, to }] of parts.entries()) {
        if (this.#host.now() - startMs > maxReplaceMs) throw new RangeError('Cannot replace: it takes too long');
        const { text: made, matches } = pattern.replace(text, to);
        for (const matched of matches.slice(0, maxTold - replacements.length)) {
          replacements.push({ replacement_index: BigInt(index), matched_content: matched });
        }
        text = made;
      }
      return { text, replacements };
    };
  }
}
