import { resolveApiPlace } from '../api/api-settings.ts';
import { printFailure } from '../api/print-failure.ts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { configFileToChange } from '../config/config-files.ts';
import { setAgentKey } from '../config-commands/set-agent-key.ts';
import { logIn } from './log-in.ts';
import { placeOptionsOf } from './login-options.ts';
import { openPrompts } from './prompts.ts';

/** `adit login`: an authtoken of one's own, into the configuration file. */
export async function runLogin(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const place = await resolveApiPlace(placeOptionsOf(parsed), io);
  for (const warning of place.warnings) io.stderr.write(`adit: ${warning}\n`);
  const { answer } = await logIn(place, parsed, { kind: 'authtoken', prompts: openPrompts(io), io });
  if (answer.status !== 201) return printFailure(answer, { isJson: false, io });
  const file = configFileToChange(parsed.options, io.env);
  await setAgentKey(file, 'authtoken', String(answer.body?.['token']));
  io.stdout.write(`Logged in at ${place.url.host}. The authtoken is in "${file}" now.\n`);
  return 0;
}
