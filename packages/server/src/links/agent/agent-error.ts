import { AditError, toAditError } from '@adit/contracts';

/**
 * An error as agents are told it: the message, a blank line, the code on a line of its own, where the SDKs find it (agent
 * protocol, §13).
 */
export function agentErrorText(error: unknown): string {
  const known = toAgentError(error);
  // A line break in the message could pass another code off as ours.
  const message = known.message.replaceAll(/[\r\n]+/g, ' ');
  return `${message}\n\n${agentErrorCode(known)}`;
}

/** `ERR_NGROK_<n>` where the condition is ngrok's, so that programs written for it understand. */
export function agentErrorCode({ row, code, wireCode }: AditError): string {
  return row.ngrok ? `ERR_NGROK_${code}` : wireCode;
}

/** Internal failures have a number of their own towards agents; the cause stays with us. */
export function toAgentError(error: unknown): AditError {
  const known = toAditError(error);
  return known.code === 9000 ? new AditError(802, undefined, { cause: known.cause ?? known }) : known;
}
