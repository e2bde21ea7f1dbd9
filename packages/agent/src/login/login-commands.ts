import type { Command, CommandGroup, CommandIo, ParsedCommand } from '../command.ts';
import { runSafely } from '../run-safely.ts';
import { loginOptions } from './login-options.ts';

type Run = (parsed: ParsedCommand, io: CommandIo) => Promise<number>;

function lazily(load: () => Promise<Run>): Command['run'] {
  return (parsed, io) => runSafely(io, async () => (await load())(parsed, io));
}

const how =
  'Asks for the password, and for the code if there is one, without echo. Where standard input is no terminal, its lines are ' +
  'taken in the order of the questions.';

/** `adit login`. */
export const loginCommand: Command = {
  name: 'login',
  summary: 'Log in, and keep an authtoken of your own for this machine',
  arguments: [],
  options: [{ name: 'new-password', value: null, description: 'Change the password as well' }, ...loginOptions],
  notes: how,
  run: lazily(async () => (await import('./run-login.ts')).runLogin),
};

/** `adit mfa`. */
export const mfaCommands: CommandGroup = {
  name: 'mfa',
  summary: 'Have your logins take a code besides the password, or not',
  commands: [
    {
      name: 'mfa add',
      summary: 'Set up an authenticator app, and print recovery codes once',
      arguments: [],
      options: loginOptions,
      notes: how,
      run: lazily(async () => (await import('./run-mfa.ts')).runAddMfa),
    },
    {
      name: 'mfa remove',
      summary: 'Remove the authenticator app and the recovery codes',
      arguments: [],
      options: loginOptions,
      notes: how,
      run: lazily(async () => (await import('./run-mfa.ts')).runRemoveMfa),
    },
  ],
};
