import { AditError, type ErrorCode, errorTable } from '@adit/contracts';

const codeLine = /^ERR_(?:NGROK|ADIT)_(\d{1,6})$/;
const maxMessageLength = 500;
/** A refused policy names each of its mistakes, with line and column. */
const maxRefusalLength = 8_000;

/**
 * The error behind the `Error` text of a reply: message lines, then the code on a line of its own (agent protocol, §13).
 * A code outside our table becomes 9306 with `details.serverCode`.
 *
 * @param secrets Texts that must not come out again, should the server repeat one.
 */
export function serverRefusal(text: string, secrets: readonly string[] = []): AditError {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const number = lines.map((line) => codeLine.exec(line)?.[1]).findLast((digits) => digits !== undefined);
  const message = printable(
    withhold(lines.filter((line) => line && !codeLine.test(line)).join(' '), secrets),
    maxRefusalLength,
  );
  const code = Number(number ?? Number.NaN);
  if (isKnownCode(code)) return new AditError(code, message || undefined);
  return new AditError(9306, message || undefined, number === undefined ? {} : { details: { serverCode: code } });
}

function isKnownCode(code: number): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

function withhold(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '(withheld)')), text);
}

/** A server's text reaches terminals and logs: control and formatting characters could forge lines or move the cursor. */
export function printable(text: string, maxLength: number = maxMessageLength): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
