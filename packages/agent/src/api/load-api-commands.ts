import type { CommandGroup } from '../command.ts';

/** `adit api`: the document of the API, and all that is made from it, is loaded for those who call it only. */
export async function loadApiCommands(): Promise<CommandGroup<CommandGroup>> {
  const { apiCommands, readApiDocument } = await import('./api-commands.ts');
  return apiCommands(await readApiDocument());
}
