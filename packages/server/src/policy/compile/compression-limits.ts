/** Limits of what all policies of a server do at a time. */
export interface CompressionLimits {
  /**
   * Answers that are compressed at a time: until its visitor has read it each takes 0.5 MB (gzip) to 1.5 MB (br, zstd). Further
   * ones are sent as they are. Default: 256.
   */
  readonly maxCompressions: number;
}

export const compressionLimits: CompressionLimits = { maxCompressions: 256 };
