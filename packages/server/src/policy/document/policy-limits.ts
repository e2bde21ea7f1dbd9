/** Limits of one policy document. */
export interface PolicyLimits {
  /** Characters of its text. Default: 131,072. */
  readonly maxChars: number;
  /** Rules of one phase. Default: 100. */
  readonly maxRules: number;
  /** Actions, and expressions, of one rule. Default: 50. */
  readonly maxPartsOfRule: number;
  /** Lists and maps inside each other. Default: 64. */
  readonly maxDepth: number;
}

export const policyLimits: PolicyLimits = { maxChars: 131_072, maxRules: 100, maxPartsOfRule: 50, maxDepth: 64 };
