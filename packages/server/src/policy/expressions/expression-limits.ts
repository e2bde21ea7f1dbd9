/**
 * Limits of expressions and patterns in Traffic Policy documents. The first ones are checked when a document is saved, the
 * others whenever an expression is evaluated: most take a few microseconds, and whatever a
 * visitor sends none takes more than some tenth of a second.
 */
export interface ExpressionLimits {
  /** Characters of an expression. Default: 16,384. */
  readonly maxExpressionChars: number;
  /** Parts of an expression: each name, value and operator is one. Default: 3,000. */
  readonly maxParts: number;
  /** Parentheses, indexes and calls inside each other. Default: 48. */
  readonly maxDepth: number;
  /** Values of a list or map that is written out, as in `req.host in ["a", "b"]`. Default: 1,000. */
  readonly maxListValues: number;
  /** `all`, `exists`, `map` and the like inside each other. Default: 2. */
  readonly maxMacroDepth: number;
  /** Characters of a text with `${…}` in it. Default: 65,536. */
  readonly maxTemplateChars: number;
  /** `${…}` in one text. Default: 100. */
  readonly maxTemplateExpressions: number;
  /** Characters of a pattern. Default: 1,000. */
  readonly maxPatternChars: number;
  /** Steps of a pattern after its repetitions are written out, as in `(a{10}){10}`. Default: 1,000. */
  readonly maxPatternSteps: number;
  /** Memory of one pattern for what it has learned from texts; over that it is slower. Default: 128 KiB. */
  readonly maxPatternBytes: number;
  /** Patterns that are not written out but made when an expression is evaluated, and are kept for the next time. Default: 100. */
  readonly maxKeptPatterns: number;
  /** Characters of a text after a pattern's matches in it are replaced. Default: 8,388,608. */
  readonly maxReplacedChars: number;
  /**
   * How long it may take to replace a pattern's matches in one text, milliseconds: one match takes linear time, of a large pattern
   * much of it, and all that are found one behind the other may take the square of it. Default: 1,000.
   */
  readonly maxReplaceMs: number;
  /** Steps of one evaluation: each turn of a macro is one, and so is some work on texts and lists. Default: 20,000. */
  readonly maxSteps: number;
  /** Steps of all evaluations in one phase of one request, connection or event, whosever rules they are in. Default: 200,000. */
  readonly maxDecisionSteps: number;
  /** Characters of a text that an expression makes. Default: 262,144. */
  readonly maxMadeChars: number;
  /** Values of a list that an expression makes. Default: 10,000. */
  readonly maxMadeValues: number;
  /** Lists and maps inside each other in JSON that an expression reads or writes. Default: 64. */
  readonly maxJsonDepth: number;
}

export const defaultExpressionLimits: ExpressionLimits = {
  maxExpressionChars: 16_384,
  maxParts: 3_000,
  maxDepth: 48,
  maxListValues: 1_000,
  maxMacroDepth: 2,
  maxTemplateChars: 65_536,
  maxTemplateExpressions: 100,
  maxPatternChars: 1_000,
  maxPatternSteps: 1_000,
  maxPatternBytes: 131_072,
  maxKeptPatterns: 100,
  maxReplacedChars: 8 * 1024 * 1024,
  maxReplaceMs: 1_000,
  maxSteps: 20_000,
  maxDecisionSteps: 200_000,
  maxMadeChars: 262_144,
  maxMadeValues: 10_000,
  maxJsonDepth: 64,
};
