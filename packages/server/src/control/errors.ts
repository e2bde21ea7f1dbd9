import { AditError, type ErrorCode, type Id, toAditError } from '@adit/contracts';
import type { ErrorBody } from '@adit/contracts/api';
import type { Log } from '../domain/log.ts';

// What the framework finds wrong with a request before any code of ours runs.
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_BAD_URL: 9102,
  // QUERY, the one method it asks more of; no operation has it.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 9102,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 210,
  FST_ERR_CTP_BODY_TOO_LARGE: 9103,
  FST_ERR_CTP_EMPTY_JSON_BODY: 213,
  FST_ERR_CTP_INVALID_JSON_BODY: 213,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 213,
  // The caller hung up in the middle of the body. No handler opens connections that could end like this.
  ECONNRESET: 213,
};

/** The API's border: whatever was thrown becomes one of our errors; what is nobody's fault but ours becomes 9000. */
export function toApiError(error: unknown): AditError {
  const known = error instanceof Error && 'code' in error ? frameworkCodes[String(error.code)] : undefined;
  return known === undefined ? toAditError(error) : new AditError(known, undefined, { cause: error });
}

/** The answer. A cause never leaves: for 500 the caller gets the operation id, under which the log has the rest. */
export function toErrorBody(error: AditError, operationId: Id<'operation'>): ErrorBody {
  return {
    error_code: error.wireCode,
    status_code: error.status,
    msg: `${error.message}. ${error.row.help}`,
    details: { ...error.details, operation_id: operationId },
  };
}

/** Logs what the operator must know of: our own failures, not callers' mistakes. */
export function logFailure(
  log: Log,
  error: AditError,
  call: { operationId: string; method: string; path: string },
): void {
  if (error.status >= 500) log.error({ err: error, ...call }, 'an API operation failed');
}
