/** Limits of header fields that calls of the control API have. */
export interface HeaderLimits {
  /** Characters of `If-Match`: some hundred entity tags. Default: 1,024. */
  readonly maxIfMatchChars: number;
}

export const defaultHeaderLimits: HeaderLimits = { maxIfMatchChars: 1_024 };
