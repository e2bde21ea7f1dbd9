import { AditError } from '@adit/contracts';
import { migrations } from './migrations/index.ts';

/**
 * For those who open data and do not migrate it.
 *
 * @throws {AditError} 9212, 9261: it has the schema of a newer or older version.
 */
export function refuseOtherVersion(version: number, place: string): void {
  if (version === migrations.length) return;
  const [code, whatToDo] =
    version > migrations.length
      ? [9212 as const, 'Update Adit']
      : [9261 as const, 'Start the server, which migrates it'];
  throw new AditError(
    code,
    `Cannot open the data in "${place}": its schema has version ${version}, this program knows ${migrations.length}. ${whatToDo}`,
  );
}
