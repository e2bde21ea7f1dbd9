// Fills a store by its database: a hundred thousand calls would take longer than what is to be measured.
import { createHash } from 'node:crypto';

/** Accounts that the rest is shared out to; each call of a client is made for another one, as each has a limit of its own. */
export const accountCount = 50;

export interface Sizes {
  readonly credentials: number;
  readonly domains: number;
}

/** How a database writes what they do not have in common. */
export interface Dialect {
  /** An expression: an id of that kind, by a number. */
  id(prefix: string, number: string): string;
  /** An expression: 32 bytes, by a number. */
  hash(number: string): string;
  bytes(hex: string): string;
}

export const sqliteDialect: Dialect = {
  id: (prefix, number) => `printf('${prefix}_%027d', ${number})`,
  hash: (number) => `unhex(printf('%064x', ${number}))`,
  bytes: (hex) => `x'${hex}'`,
};

export const postgresDialect: Dialect = {
  id: (prefix, number) => `'${prefix}_' || lpad((${number})::text, 27, '0')`,
  hash: (number) => `decode(lpad(to_hex(${number}), 64, '0'), 'hex')`,
  bytes: (hex) => `'\\x${hex}'::bytea`,
};

/** The API key of an account. */
export function keyOf(account: number): string {
  return `adit_ak_${String(account).padStart(43, '0')}`;
}

export function idOf(prefix: string, number: number): string {
  return `${prefix}_${String(number).padStart(27, '0')}`;
}

const madeAtMs = Date.UTC(2026, 0, 1);

/** Statements that give each account a key, and its part of everything. The domains are below `localhost`. */
export function seedStatements({ id, hash, bytes }: Dialect, { credentials, domains }: Sizes): string[] {
  const account = `i % ${accountCount}`;
  const numbers = (count: number) =>
    `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count - 1})`;
  const credentialColumns =
    'id, account_id, owner_id, kind, secret_hash, acl, revision, description, metadata, created_at_ms';
  const documentColumns =
    'id, account_id, kind, parent_id, description, metadata, body, revision, created_at_ms, updated_at_ms';
  const host = `'d' || i || '.localhost'`;
  const into = (columns: string, count: number, values: string) =>
    `${numbers(count)} insert into ${columns} select ${values} from n`;
  const keys = Array.from({ length: accountCount }, (_, index) => {
    const digest = bytes(createHash('sha256').update(keyOf(index)).digest('hex'));
    const owner = `${id('ac', `${index}`)}, ${id('usr', `${index}`)}`;
    return `(${id('ak', `${index}`)}, ${owner}, 'api_key', ${digest}, '[]', 1, '', '', ${madeAtMs})`;
  });
  return [
    into('accounts (id, name, created_at_ms)', accountCount, `${id('ac', 'i')}, 'seeded', ${madeAtMs}`),
    into('users (id, name, created_at_ms)', accountCount, `${id('usr', 'i')}, 'seeded', ${madeAtMs}`),
    into(
      'memberships (account_id, user_id, role)',
      accountCount,
      `${id('ac', 'i')}, ${id('usr', 'i')}, 'administrator'`,
    ),
    `insert into credentials (${credentialColumns}) values ${keys.join(', ')}`,
    into(
      `credentials (${credentialColumns})`,
      credentials,
      `${id('cr', 'i')}, ${id('ac', account)}, ${id('usr', account)}, 'authtoken', ${hash('i')}, '[]', 1, 'seeded', '', ${madeAtMs}`,
    ),
    into(
      `documents (${documentColumns})`,
      domains,
      `${id('rd', 'i')}, ${id('ac', account)}, 'reservedDomain', null, '', '', ` +
        `'{"host":"' || ${host} || '","certificateId":null,"proof":null}', 1, ${madeAtMs}, ${madeAtMs}`,
    ),
    into(
      'document_claims (space, name, document_id)',
      domains,
      `'host of ' || ${id('ac', account)}, ${host}, ${id('rd', 'i')}`,
    ),
    into('document_claims (space, name, document_id)', domains, `'host', 'localhost.d' || i, ${id('rd', 'i')}`),
  ];
}
