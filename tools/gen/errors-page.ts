import { AditError, type ErrorCode, errorTable } from '@adit/contracts';
import { markdownPage, markdownTable } from './markdown.ts';

/** docs/reference/errors.md: every code, from the one table. */
export function errorsPage(): string {
  const codes = Object.keys(errorTable).map((code) => Number(code) as ErrorCode);
  return markdownPage('Error codes', [
    'From `packages/contracts/src/errors/table.ts`. A code is shown as `ERR_ADIT_<code>`; agents that speak ngrok’s protocol ' +
      'are told `ERR_NGROK_<code>` for the codes below 9000, which mean the same there. A released code is never reused. ' +
      '"Exit" is the exit code of the command line.',
    markdownTable(
      ['code', 'kind', 'HTTP', 'exit', 'what happened', 'what to do', 'what the owner of the endpoint can do'],
      codes.sort((a, b) => a - b).map(errorRow),
    ),
  ]);
}

function errorRow(code: ErrorCode): (string | number)[] {
  const { kind, status, exitCode, row } = new AditError(code);
  return [code, `\`${kind}\``, status, exitCode, row.title, row.help, row.ownerHelp ?? ''];
}
