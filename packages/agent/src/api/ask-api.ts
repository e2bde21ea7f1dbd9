import type { CommandIo, ParsedCommand } from '../command.ts';
import { toggled } from '../option-values.ts';
import { apiOptions } from './api-options.ts';
import { resolveApiSettings } from './api-settings.ts';
import { printFailure } from './print-failure.ts';
import { sendRequest } from './send-request.ts';

/** What the API answered; or, where it refused, the exit code: it has been told why. */
type AskedApi =
  | { readonly body: Readonly<Record<string, unknown>> }
  | { readonly body: null; readonly exitCode: number };

/**
 * One call for a command that has `apiOptions`.
 *
 * @throws {AditError} As `resolveApiSettings` and `sendRequest`.
 */
async function askApi(
  { path, body }: { path: string; body: object },
  parsed: ParsedCommand,
  io: CommandIo,
): Promise<AskedApi> {
  const settings = await resolveApiSettings(parsed, io);
  for (const warning of settings.warnings) io.stderr.write(`adit: ${warning}\n`);
  const answer = await sendRequest(settings, { method: 'POST', path, body, query: {}, headers: {} }, io);
  if (answer.status < 400 && answer.body) return { body: answer.body };
  return { body: null, exitCode: printFailure(answer, { isJson: toggled(parsed.options, 'json') === true, io }) };
}

export const callingApi = { askApi, apiOptions };
export type CallingApi = typeof callingApi;
