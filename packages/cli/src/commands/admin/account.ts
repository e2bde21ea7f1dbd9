import type { CommandIo, ParsedCommand } from '@adit/agent';
import { type AccountSummary, createAccount, suspendAccount, withStore } from '@adit/server/admin';
import { optional, placeOf, say, table, timestamp } from './admin-output.ts';

export async function runCreateAccount(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const [name = ''] = parsed.arguments;
  const administrator = optional(parsed.options['administrator']) ?? 'admin';
  const made = await withStore(placeOf(parsed, io), (store) => createAccount(store, { name, administrator }));
  return say(io, parsed, {
    text: `Created the account "${made.accountName}" (${made.accountId}) with the administrator "${made.user.name}" (${made.userId}).`,
    json: { id: made.accountId, name: made.accountName, administrator: { id: made.userId, name: made.user.name } },
  });
}

export async function runListAccounts(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  if (parsed.options['deleted'] === 'true') return await listDeleted(parsed, io);
  const accounts = await withStore(placeOf(parsed, io), (store) => store.listAccounts());
  const rows = accounts.map((account) => [
    account.name,
    account.id,
    account.suspendedAtMs === null ? 'active' : 'suspended',
    ...[account.userCount, account.credentialCount].map(String),
    timestamp(account.createdAtMs),
  ]);
  return say(io, parsed, {
    text: table(['NAME', 'ID', 'STATE', 'USERS', 'CREDENTIALS', 'CREATED'], rows),
    json: { accounts: accounts.map(accountJson) },
  });
}

async function listDeleted(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const accounts = await withStore(placeOf(parsed, io), (store) => store.listDeletedAccounts());
  return say(io, parsed, {
    text: table(
      ['ID', 'DELETED'],
      accounts.map(({ id, deletedAtMs }) => [id, timestamp(deletedAtMs)]),
    ),
    json: {
      accounts: accounts.map(({ id, deletedAtMs, details }) => ({ id, deleted_at: timestamp(deletedAtMs), details })),
    },
  });
}

export function accountJson(account: AccountSummary) {
  return {
    id: account.id,
    name: account.name,
    created_at: timestamp(account.createdAtMs),
    suspended_at: timestamp(account.suspendedAtMs),
    users: account.userCount,
    credentials: account.credentialCount,
    audit_records: account.auditRecordCount,
  };
}

export function runSuspendAccount(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  return setSuspended(parsed, io, { isSuspended: true });
}

export function runResumeAccount(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  return setSuspended(parsed, io, { isSuspended: false });
}

async function setSuspended(
  parsed: ParsedCommand,
  io: CommandIo,
  { isSuspended }: { isSuspended: boolean },
): Promise<number> {
  const [nameOrId = ''] = parsed.arguments;
  const before = await withStore(placeOf(parsed, io), (store) => suspendAccount(store, nameOrId, { isSuspended }));
  const state = isSuspended ? 'suspended' : 'active';
  const wasSo = (before.suspendedAtMs !== null) === isSuspended;
  return say(io, parsed, {
    text: `The account "${before.name}" (${before.id}) is ${state}${wasSo ? ', as it was before' : ' now'}.`,
    json: { id: before.id, name: before.name, state },
  });
}
