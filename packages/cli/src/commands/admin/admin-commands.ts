// The operator's commands as data; what they run is loaded when they run.
import type { Command, CommandGroup, CommandIo, CommandOption, CommandTree, ParsedCommand } from '@adit/agent';
import { toAditError } from '@adit/contracts';
import { printError } from '../../print-error.ts';
import { placeOptions } from './admin-output.ts';

type Run = (parsed: ParsedCommand, io: CommandIo) => Promise<number>;

const json: CommandOption = { name: 'json', value: null, description: 'Print one JSON object, for programs' };
const common = [...placeOptions, json];
const account = { name: 'account', description: 'Name or id of the account', isRequired: true } as const;
const person = { name: 'user', description: 'Name or id of the user', isRequired: true } as const;
const ofAccount: CommandOption = { name: 'account', value: '<account>', description: 'Name or id of the account' };

function lazily(load: () => Promise<Run>): Command['run'] {
  return async (parsed, io) => {
    try {
      return await (await load())(parsed, io);
    } catch (error) {
      return await printError(toAditError(error), io);
    }
  };
}

const accountCommands: readonly Command[] = [
  {
    name: 'admin account create',
    summary: 'Create an account and its administrator',
    arguments: [{ name: 'name', description: 'Name of the account', isRequired: true }],
    options: [
      { name: 'administrator', value: '<name>', description: 'Name of its first user. Default: admin' },
      ...common,
    ],
    run: lazily(async () => (await import('./account.ts')).runCreateAccount),
  },
  {
    name: 'admin account list',
    summary: 'List the accounts',
    arguments: [],
    options: [
      { name: 'deleted', value: null, description: 'Those that were deleted, in place of those there are' },
      ...common,
    ],
    run: lazily(async () => (await import('./account.ts')).runListAccounts),
  },
  {
    name: 'admin account suspend',
    summary: 'Have nothing of an account work any more, at once',
    arguments: [account],
    options: common,
    run: lazily(async () => (await import('./account.ts')).runSuspendAccount),
  },
  {
    name: 'admin account resume',
    summary: 'Have a suspended account work again',
    arguments: [account],
    options: common,
    run: lazily(async () => (await import('./account.ts')).runResumeAccount),
  },
  {
    name: 'admin account delete',
    summary: 'Delete an account and all that is in it',
    arguments: [account],
    options: [{ name: 'yes', value: null, description: 'Do not ask' }, ...common],
    run: lazily(async () => (await import('./delete-account.ts')).runDeleteAccount),
  },
];

const userCommands: readonly Command[] = [
  {
    name: 'admin user create',
    summary: 'Create a user, or add one to a further account',
    arguments: [
      {
        name: 'user',
        description: 'Name of the new user; or the id of one who is in another account',
        isRequired: true,
      },
    ],
    options: [
      ofAccount,
      {
        name: 'role',
        value: '<role>',
        description: 'administrator, manager (of people), developer, or viewer. Default: developer',
        choices: ['administrator', 'manager', 'developer', 'viewer'],
      },
      ...common,
    ],
    run: lazily(async () => (await import('./user.ts')).runCreateUser),
  },
  {
    name: 'admin user list',
    summary: 'List the users',
    arguments: [],
    options: [{ ...ofAccount, description: 'Only those of that account (name or id)' }, ...common],
    run: lazily(async () => (await import('./user.ts')).runListUsers),
  },
  {
    name: 'admin user reset-password',
    summary: 'Give a person a new password, and print it once',
    arguments: [person],
    options: [ofAccount, ...common],
    notes: 'It must be changed at the first login, which is "adit login".',
    run: lazily(async () => (await import('./reset-login.ts')).runResetPassword),
  },
  {
    name: 'admin user reset-mfa',
    summary: 'Take the second factor of a person away, and the recovery codes',
    arguments: [person],
    options: [ofAccount, ...common],
    run: lazily(async () => (await import('./reset-login.ts')).runResetMfa),
  },
  {
    name: 'admin user erase',
    summary: 'Take a person out of an account, and out of what its audit log says',
    arguments: [
      { name: 'user', description: 'Name or id of the user; or the id of one who was there', isRequired: true },
    ],
    options: [ofAccount, { name: 'yes', value: null, description: 'Do not ask' }, ...common],
    notes: 'What they did stays in the log, which still verifies; who it was goes.',
    run: lazily(async () => (await import('./erase-user.ts')).runEraseUser),
  },
];

const keyCommands: readonly Command[] = [
  {
    name: 'admin key create',
    summary: 'Create an authtoken or an API key, and print it once',
    arguments: [],
    options: [
      ofAccount,
      { name: 'user', value: '<user>', description: 'Name or id of its user. Default: the only one of the account' },
      {
        name: 'kind',
        value: '<kind>',
        description: 'authtoken (for agents) or api_key. Default: authtoken',
        choices: ['authtoken', 'api_key'],
      },
      { name: 'description', value: '<text>', description: 'What it is for' },
      ...common,
    ],
    run: lazily(async () => (await import('./key.ts')).runCreateKey),
  },
];

const dataCommands: readonly Command[] = [
  {
    name: 'admin backup',
    summary: 'Back up the database into a file, also while the server runs',
    arguments: [{ name: 'file', description: 'The file to write; there must be none of that name', isRequired: true }],
    options: common,
    notes:
      'Not in it: secrets.key, signing.key, tls/ and ports.json of the data directory. Copy them yourself, as secrets.',
    run: lazily(async () => (await import('./backup.ts')).runBackup),
  },
  {
    name: 'admin restore',
    summary: 'Make a data directory of a backup',
    arguments: [{ name: 'file', description: 'A file that "adit admin backup" wrote', isRequired: true }],
    options: common,
    notes: 'The data directory must be new or empty, and no server may run on it.',
    run: lazily(async () => (await import('./backup.ts')).runRestore),
  },
  {
    name: 'admin rotate-key',
    summary: 'Encrypt all stored secrets with a new key, also while the server runs',
    arguments: [],
    options: [
      { name: 'keep-older-keys', value: null, description: 'Leave them in their file, for backups from before' },
      ...common,
    ],
    notes: 'Interrupted, it loses nothing: run it again, and it goes on.',
    run: lazily(async () => (await import('./rotate-key.ts')).runRotateKey),
  },
  {
    name: 'admin migrate',
    summary: 'Say what the next start would change in the database, and try it on a copy',
    arguments: [],
    options: [
      { name: 'check', value: null, description: 'Needed: the server itself migrates, when it starts' },
      ...common,
    ],
    run: lazily(async () => (await import('./migrate.ts')).runMigrate),
  },
  {
    name: 'admin doctor',
    summary: 'Look for what is wrong with a server, and say what to do',
    arguments: [],
    options: common,
    run: lazily(async () => (await import('./doctor.ts')).runDoctor),
  },
];

export const adminCommands: CommandGroup<CommandTree> = {
  name: 'admin',
  summary: 'Manage the data of a server, on its machine',
  commands: [
    {
      name: 'admin account',
      summary: 'Create, list, suspend, resume and delete accounts',
      commands: accountCommands,
    },
    { name: 'admin user', summary: 'Create, list and erase users; reset how they log in', commands: userCommands },
    { name: 'admin key', summary: 'Create authtokens and API keys', commands: keyCommands },
    ...dataCommands,
  ],
};
