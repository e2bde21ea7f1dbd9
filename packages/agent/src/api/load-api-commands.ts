import type { CommandGroup } from '../command.ts';
import type { CallingApi } from './ask-api.ts';

/** `adit api`: the document of the API, and all that is made from it, is loaded for those who call it only. */
export async function loadApiCommands(): Promise<CommandGroup<CommandGroup>> {
  const { apiCommands, readApiDocument } = await import('./api-commands.ts');
  return apiCommands(await readApiDocument());
}

/** For commands that call the API on their own; loaded for those only. */
export async function loadApi(): Promise<CallingApi> {
  return (await import('./ask-api.ts')).callingApi;
}
