import type { ErrorRow } from './error-row.ts';

/** Rows of the one table (`table.ts`): what operators meet when they look after the data of a server. */
export const operatorRows = {
  // Our own: commands of the operator
  9120: { kind: 'invalid', title: 'The name cannot be used', help: 'Choose 1 to 255 characters that can be seen.' },
  9121: {
    kind: 'not_found',
    title: 'There is no such account or user',
    help: 'See the names with "adit admin user list".',
  },
  9122: { kind: 'conflict', title: 'The name is taken', help: 'Choose another name.' },
  9123: { kind: 'conflict', title: 'Several have this name', help: 'Give the id in place of the name.' },
  9124: {
    kind: 'conflict',
    title: 'The last account cannot be deleted',
    help: 'Create another one first.',
  },
  9125: { kind: 'invalid', title: 'It was not confirmed', help: 'Type the name, or give --yes.' },
  // Our own: secrets at rest
  9240: {
    kind: 'unavailable',
    title: 'A key of the stored secrets is missing',
    help: 'Put the file secrets.key back from where you keep its copy, or name it with --secrets-key-file.',
  },
  9241: {
    kind: 'internal',
    title: 'A stored secret cannot be opened',
    help: 'Restore a backup together with the secrets key of its time, or set the secret anew.',
  },
  9242: {
    kind: 'invalid',
    title: 'The secrets keys cannot be used',
    help: 'Put the file back as the server wrote it, readable for its user, or correct ADIT_SECRETS_KEY.',
    status: 500,
  },
  9243: {
    kind: 'conflict',
    title: 'The secrets key cannot be rotated now',
    help: 'See the message for what to do first.',
  },
  // Our own: the audit log
  9250: {
    kind: 'conflict',
    title: 'The audit log is not what was written',
    help: 'Compare it with an earlier export, and find out who could write to it.',
  },
  9251: { kind: 'not_found', title: 'The exported audit log cannot be read', help: 'Check its path and permissions.' },
  // Our own: what the operator asks about the data
  9260: {
    kind: 'not_found',
    title: 'There is no data of a server here',
    help: 'Give the --data-dir of the server; it makes the data when it starts for the first time.',
  },
  9261: {
    kind: 'conflict',
    title: 'The data has the schema of an older version',
    help: 'Start the server: it brings the data up to date.',
  },
  9262: {
    kind: 'unavailable',
    title: 'Something of the server is not in order',
    help: 'Do what stands under the lines that begin with "fail".',
  },
  9263: {
    kind: 'conflict',
    title: 'PostgreSQL is backed up by its own programs',
    help: 'The commands are in docs/how-to/use-postgresql.md.',
  },
  // Our own: where addresses are
  9280: {
    kind: 'invalid',
    title: 'A database of addresses cannot be used',
    help: 'Give --geo-database a whole file in the format of MaxMind (.mmdb).',
  },
} as const satisfies Record<number, ErrorRow>;
