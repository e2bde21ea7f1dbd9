/** Limits of the `filter` parameter of lists. They bound the time that one object takes to be looked at. */
export interface FilterLimits {
  /** Characters of a filter. Default: 2,048. */
  readonly maxChars: number;
  /** Parentheses and operators inside each other. Default: 24. */
  readonly maxDepth: number;
  /** Parts of a filter: each name, value and operator is one. Default: 500, some 100 comparisons. */
  readonly maxParts: number;
  /** Values of a list, as in `obj.region in ["eu", "us"]`. Default: 100. */
  readonly maxListValues: number;
  /** Uses of `startsWith`, `endsWith` and `contains`, the costly ones: texts may be long. Default: 10. */
  readonly maxSearches: number;
}

export const defaultFilterLimits: FilterLimits = {
  maxChars: 2_048,
  maxDepth: 24,
  maxParts: 500,
  maxListValues: 100,
  maxSearches: 10,
};
