/** Limits of the pages that lists are answered in. */
export interface PageLimits {
  /** A page ends with the object that reaches this, whatever `limit` asks for: callers may be slow to take it. Default: 1 MiB. */
  readonly maxPageBytes: number;
}

export const defaultPageLimits: PageLimits = { maxPageBytes: 1_048_576 };
