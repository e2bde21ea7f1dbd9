/** Limits of the labels of a tunnel, and of those that a backend asks for. */
export interface LabelLimits {
  /** Of one tunnel or backend. Default: 16. */
  readonly maxLabels: number;
  /** Size of a key, and of a value, in UTF-8. Default: 128 bytes. */
  readonly maxLabelBytes: number;
}

export const labelLimits: LabelLimits = { maxLabels: 16, maxLabelBytes: 128 };
