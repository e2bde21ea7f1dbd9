import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { examineServer, type Finding } from '@adit/server/admin';
import { placeOf, say } from './admin-output.ts';

/** @throws {AditError} 9262: something failed; all was printed. */
export async function runDoctor(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const findings = await examineServer(placeOf(parsed, io));
  say(io, parsed, { text: findings.map(lines).join('\n'), json: { checks: findings } });
  const failed = findings.filter(({ level }) => level === 'fail').length;
  if (failed === 0) return 0;
  throw new AditError(9262, `Cannot call the server healthy: ${failed} of ${findings.length} checks failed`);
}

function lines({ level, about, text, todo }: Finding): string {
  const line = `${level.padEnd(5)} ${about.padEnd(12)} ${text}`;
  return todo === undefined ? line : `${line}\n${' '.repeat(19)}${todo}`;
}
