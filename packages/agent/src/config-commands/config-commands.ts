import type { Command, CommandGroup, CommandIo, CommandOption, ParsedCommand } from '../command.ts';
import { runSafely } from '../run-safely.ts';

const fileOption: CommandOption = {
  name: 'config',
  value: '<file>',
  description: 'The configuration file. Default: ADIT_CONFIG, else the one of your user (adit config check names it)',
  isRepeatable: true,
  completes: 'file',
};

type Run = (parsed: ParsedCommand, io: CommandIo) => Promise<number>;

/** A command whose code is loaded when it runs: YAML and schema take most of the start-up time there is. */
function lazily(load: () => Promise<Run>): Command['run'] {
  return (parsed, io) => runSafely(io, async () => (await load())(parsed, io));
}

const addAuthtoken: Command = {
  name: 'config add-authtoken',
  summary: 'Keep an authtoken in the configuration file',
  arguments: [
    {
      name: 'token',
      description: 'The authtoken; "-" or nothing: read from the terminal without echo, or from a pipe',
      isRequired: false,
    },
  ],
  options: [fileOption],
  run: lazily(async () => (await import('./run-set.ts')).runAddAuthtoken),
};

const addConnectUrl: Command = {
  name: 'config add-connect-url',
  summary: "Keep the server's address in the configuration file",
  arguments: [{ name: 'address', description: 'host[:port]', isRequired: true }],
  options: [fileOption],
  run: lazily(async () => (await import('./run-set.ts')).runAddConnectUrl),
};

const check: Command = {
  name: 'config check',
  summary: 'Say where the configuration is and whether it is valid',
  arguments: [],
  options: [fileOption],
  run: lazily(async () => (await import('./run-check.ts')).runCheck),
};

const edit: Command = {
  name: 'config edit',
  summary: 'Open the configuration file in $VISUAL or $EDITOR',
  arguments: [],
  options: [fileOption],
  run: lazily(async () => (await import('./run-edit.ts')).runEdit),
};

const upgrade: Command = {
  name: 'config upgrade',
  summary: 'Rewrite a configuration file of version 2 in version 3',
  arguments: [{ name: 'version', description: 'The version to reach: 3', isRequired: false, choices: ['3'] }],
  options: [
    fileOption,
    { name: 'dry-run', value: null, description: 'Print the result, change nothing; secrets are withheld' },
    { name: 'relocate', value: null, description: 'Move the file to where it is found without --config' },
  ],
  notes: 'A copy of the old file stays beside it, as <file>.bak. Comments are kept.',
  run: lazily(async () => (await import('./upgrade/run-upgrade.ts')).runUpgrade),
};

/** `adit config`. */
export const configCommands: CommandGroup = {
  name: 'config',
  summary: 'Write, check and upgrade the configuration file',
  commands: [addAuthtoken, addConnectUrl, check, edit, upgrade],
};
