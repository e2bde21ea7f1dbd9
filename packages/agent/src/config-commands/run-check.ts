import type { CommandIo, ParsedCommand } from '../command.ts';
import { configFileToChange, namedConfigFiles } from '../config/config-files.ts';
import { loadConfig } from '../config/load-config.ts';
import { defineEndpoint } from '../endpoint/endpoint-definition.ts';

/** `adit config check`: reads every file as `adit start` would, and what they name too, and says where they are. */
export async function runCheck({ options }: ParsedCommand, io: CommandIo): Promise<number> {
  const named = namedConfigFiles(options, io.env);
  const files = named.length > 0 ? named : [configFileToChange(options, io.env)];
  const { endpoints, warnings } = await loadConfig(io.env, files);
  for (const keys of endpoints) await defineEndpoint(keys);
  for (const warning of warnings) io.stderr.write(`adit: ${warning}\n`);
  const count = endpoints.length === 1 ? '1 endpoint' : `${endpoints.length} endpoints`;
  io.stdout.write(`Valid, with ${count}: ${files.map((file) => `"${file}"`).join(', ')}\n`);
  return 0;
}
