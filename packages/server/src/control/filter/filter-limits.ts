/** Limits of the `filter` parameter of lists. They bound the time that one object takes to be looked at, and one call. */
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
  /** Objects that one call looks at; then it answers what it has found, and where to go on. Default: 1,000. */
  readonly maxScanned: number;
  /**
   * Objects looked at in one turn of the event loop, by all calls together; others have their turn in between. A filter that
   * is made to be slow takes half a millisecond for each. Default: 5.
   */
  readonly objectsPerTurn: number;
  /** Calls of one account that are at it at once; the next ones wait. Default: 2. */
  readonly scansPerAccount: number;
  /** Calls of one account that wait for it; the next one is refused. Default: 32. */
  readonly maxWaitingScans: number;
}

export const defaultFilterLimits: FilterLimits = {
  maxChars: 2_048,
  maxDepth: 24,
  maxParts: 500,
  maxListValues: 100,
  maxSearches: 10,
  maxScanned: 1_000,
  objectsPerTurn: 5,
  scansPerAccount: 2,
  maxWaitingScans: 32,
};
