import { AditError } from '@adit/contracts';
import { parseServerAddress } from '@adit/sdk';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { configFileToChange } from '../config/config-files.ts';
import { readSecret } from './read-secret.ts';
import { setAgentKey } from './set-agent-key.ts';

/** `adit config add-authtoken`: from a prompt without echo or from a pipe; a word of the command line works, and warns. */
export async function runAddAuthtoken({ arguments: [word], options }: ParsedCommand, io: CommandIo): Promise<number> {
  const isInArgv = word !== undefined && word !== '-';
  const token = isInArgv ? word : await readSecret('Authtoken (not shown): ', io);
  if (token === undefined) throw new AditError(9300, 'Cannot add an authtoken: none was given');
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) {
    throw new AditError(105, 'Cannot add the authtoken: it has characters that no authtoken has');
  }
  const file = configFileToChange(options, io.env);
  await setAgentKey(file, 'authtoken', token);
  io.stdout.write(`The authtoken is in "${file}" now.\n`);
  if (isInArgv)
    io.stderr.write('adit: your shell may keep what you typed; "adit config add-authtoken" asks for it instead\n');
  return 0;
}

/** `adit config add-connect-url`. */
export async function runAddConnectUrl(
  { arguments: [address = ''], options }: ParsedCommand,
  io: CommandIo,
): Promise<number> {
  parseServerAddress(address);
  const file = configFileToChange(options, io.env);
  await setAgentKey(file, 'connect_url', address);
  io.stdout.write(`The server's address is in "${file}" now.\n`);
  return 0;
}
