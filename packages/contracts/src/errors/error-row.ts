import type { ErrorKind } from './kinds.ts';

export interface ErrorRow {
  readonly kind: ErrorKind;
  /** What happened, in a few words, without a full stop. */
  readonly title: string;
  /** What the reader can do about it: one sentence. For codes that visitors get, the reader is the visitor. */
  readonly help: string;
  /** What the owner of the endpoint can do, where a visitor who reads `help` cannot: one sentence. */
  readonly ownerHelp?: string;
  /** True: the number is ngrok's for this condition, and agents are told `ERR_NGROK_<n>`. */
  readonly ngrok?: true;
  /** The HTTP status, where the kind's own would mislead. */
  readonly status?: number;
}
