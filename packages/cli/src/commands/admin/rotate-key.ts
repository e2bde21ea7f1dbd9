import type { CommandIo, ParsedCommand } from '@adit/agent';
import { type Rotation, rotateKey } from '@adit/server/admin';
import { counted, placeOf, say } from './admin-output.ts';

/** Progress goes to stderr: a line each time so many more have been moved. */
const movedPerLine = 1_000;

export async function runRotateKey(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const keepOlderKeys = parsed.options['keep-older-keys'] === 'true';
  const onMoved = (count: number): void => {
    if (count % movedPerLine === 0) io.stderr.write(`${counted(count, 'secret')} encrypted anew so far\n`);
  };
  const rotation = await rotateKey(placeOf(parsed, io), { keepOlderKeys, onMoved });
  const { keyId, kind, moved, dropped } = rotation;
  return say(io, parsed, {
    text: `${beginnings[kind]} "${keyId}"; ${counted(moved, 'secret')} encrypted anew.\n${whatNow(rotation)}`,
    json: { key_id: keyId, kind, moved, dropped },
  });
}

const beginnings: Readonly<Record<Rotation['kind'], string>> = {
  new: 'Everything is encrypted with the new key',
  finished: 'The rotation that was interrupted is finished. Everything is encrypted with the key',
  given: 'Everything is encrypted with the first key of ADIT_SECRETS_KEY,',
};

function whatNow({ kind, dropped }: Rotation): string {
  if (kind === 'given') return 'The others may go from it once every server has been restarted with this one in front.';
  if (dropped.length === 0) return 'Copy the file of the keys anew, apart from backups.';
  const gone = dropped.map((id) => `"${id}"`).join(', ');
  return `Gone from the file: ${gone}. Backups from before need the copy of the file from before; copy it anew for those to come.`;
}
