import { AditError, type ErrorCode, errorKinds, errorTable } from '@adit/contracts';
import type { CommandIo } from '../command.ts';
import { plainText } from '../view/plain-text.ts';
import type { ApiAnswer } from './send-request.ts';

/** Says why the API refused, in its own words, and answers the exit code that its error stands for. */
export function printFailure(
  { status, body }: ApiAnswer,
  { isJson, io }: { isJson: boolean; io: Pick<CommandIo, 'stderr'> },
): number {
  const { msg, error_code: wireCode } = body ?? {};
  const text = typeof msg === 'string' ? msg : `The API answered ${status}.`;
  const code = typeof wireCode === 'string' ? ` (${wireCode})` : '';
  io.stderr.write(isJson ? `${JSON.stringify(body)}\n` : `adit: ${plainText(`${text}${code}`)}\n`);
  return exitCodeOf(status, wireCode);
}

/** By the code, if this version knows it; a newer server may have others, whose status says enough. */
function exitCodeOf(status: number, wireCode: unknown): number {
  const code = Number(/^ERR_ADIT_(\d+)$/.exec(String(wireCode))?.[1]) as ErrorCode;
  if (Object.hasOwn(errorTable, code)) return new AditError(code).exitCode;
  const kind = Object.values(errorKinds).find((one) => one.status === status);
  return kind?.exitCode ?? (status < 500 ? errorKinds.invalid.exitCode : errorKinds.internal.exitCode);
}
