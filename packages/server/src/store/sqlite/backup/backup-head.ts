// A backup is one line of JSON, its head, and behind it the database, byte for byte: `tail -n +2 backup > adit.db` gets that
// out with no program of ours. Keys and certificates are files beside the database and never in it.
import { AditError } from '@adit/contracts';
import { z } from 'zod';

const formatName = 'adit-backup/';
const format = 1;
/** Of a head; it has a few hundred. */
export const maxHeadBytes = 4096;

const count = z.number().int().nonnegative();
const headSchema = z.object({
  format: z.literal(`${formatName}${format}`),
  madeAt: z.iso.datetime(),
  /** The version of Adit that wrote it. */
  aditVersion: z.string(),
  /** Of the database in it. */
  schemaVersion: count,
  accounts: count,
  /** Of the database. */
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What a backup says of itself. */
export type BackupHead = Readonly<z.output<typeof headSchema>>;

export function writeHead(head: Omit<BackupHead, 'format'>): string {
  return `${JSON.stringify({ format: `${formatName}${format}`, ...head })}\n`;
}

/**
 * @param line The first line of the file, without its end.
 * @throws {AditError} 9218: not a backup. 9212: of a format that came later.
 */
export function parseHead(line: string, file: string): BackupHead {
  const value = parseJson(line);
  const named = formatOf(value);
  if (named !== undefined && named > format) {
    throw new AditError(9212, `Cannot restore "${file}": a newer version of Adit wrote it. Update Adit`);
  }
  const head = headSchema.safeParse(value);
  if (!head.success) throw notABackup(file);
  return head.data;
}

export function notABackup(file: string): AditError {
  return new AditError(9218, `Cannot restore "${file}": it is not a backup of Adit`);
}

function formatOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('format' in value)) return undefined;
  const [, version] = /^adit-backup\/([1-9]\d{0,8})$/.exec(String(value.format)) ?? [];
  return version === undefined ? undefined : Number(version);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
