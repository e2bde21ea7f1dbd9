import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { checkMigration } from '@adit/server/admin';
import { placeOf, say } from './admin-output.ts';

const tried = 'Tried on a copy: it works.';
const notTried = 'Not tried. Dump the database before, for there is no way back: see docs/how-to/use-postgresql.md.';

export async function runMigrate(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  if (parsed.options['check'] !== 'true') {
    throw new AditError(
      9500,
      'Cannot run "adit admin migrate": give --check; the server itself migrates, when it starts',
    );
  }
  const { schemaVersion, knownVersion, pending, isTried } = await checkMigration(placeOf(parsed, io));
  const todo = pending.map((name) => `  ${name}`).join('\n');
  return say(io, parsed, {
    text:
      pending.length === 0
        ? `The database has schema version ${schemaVersion}, the newest: nothing to do.`
        : `The database has schema version ${schemaVersion}; the next start brings it to ${knownVersion}${isTried ? ', after a backup' : ''}:\n${todo}\n${isTried ? tried : notTried}`,
    json: { schema_version: schemaVersion, known_version: knownVersion, pending, tried: isTried },
  });
}
