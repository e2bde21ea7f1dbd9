import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { checkMigration } from '@adit/server/admin';
import { placeOf, say } from './admin-output.ts';

export async function runMigrate(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  if (parsed.options['check'] !== 'true') {
    throw new AditError(
      9500,
      'Cannot run "adit admin migrate": give --check; the server itself migrates, when it starts',
    );
  }
  const { schemaVersion, knownVersion, pending } = await checkMigration(placeOf(parsed, io));
  const todo = pending.map((name) => `  ${name}`).join('\n');
  return say(io, parsed, {
    text:
      pending.length === 0
        ? `The database has schema version ${schemaVersion}, the newest: nothing to do.`
        : `The database has schema version ${schemaVersion}; the next start brings it to ${knownVersion}, after a backup:\n${todo}\nTried on a copy: it works.`,
    json: { schema_version: schemaVersion, known_version: knownVersion, pending },
  });
}
