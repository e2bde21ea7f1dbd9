import { type ErrorKind, errorKinds } from './kinds.ts';
import { type ErrorCode, type ErrorRow, errorTable } from './table.ts';

/** Wire form of a code: in API bodies, error pages, headers and logs. */
export type WireCode = `ERR_ADIT_${number}`;

/**
 * The one error class. `message` is safe for strangers; `cause` never leaves the process. Anything else that is thrown
 * is a bug and becomes code 9000 at the border (see `toAditError`).
 */
export class AditError extends Error {
  override readonly name = 'AditError';
  readonly code: ErrorCode;
  /** Typed facts for programs; must hold no secret and no internal address. */
  readonly details: Readonly<Record<string, unknown>>;

  /** @param message What was attempted and what is wrong, no full stop. Default: the title of the code. */
  constructor(code: ErrorCode, message?: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message ?? errorTable[code].title, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }

  get row(): ErrorRow {
    return errorTable[this.code];
  }
  get kind(): ErrorKind {
    return this.row.kind;
  }
  get status(): number {
    return this.row.status ?? errorKinds[this.kind].status;
  }
  get exitCode(): number {
    return errorKinds[this.kind].exitCode;
  }
  get wireCode(): WireCode {
    return `ERR_ADIT_${this.code}`;
  }
}

/** Border conversion: our own errors pass, anything else becomes "Internal error" with the cause kept for the log. */
export function toAditError(error: unknown): AditError {
  return error instanceof AditError ? error : new AditError(9000, undefined, { cause: error });
}
