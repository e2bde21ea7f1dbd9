import { AditError } from '@adit/contracts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { namedConfigFiles } from '../config/config-files.ts';
import { fromEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { isThisMachine } from '../diagnose/reach.ts';
import { single } from '../option-values.ts';
import { readSecretFile } from './call-values.ts';

/** How the API is reached. */
export interface ApiPlace {
  readonly url: URL;
  /** PEM file of the only roots to trust; undefined: those of the system. */
  readonly caFile: string | undefined;
  /** Things the user should know, one sentence each. */
  readonly warnings: readonly string[];
}

/** How the API is reached, and as whom. */
export interface ApiSettings extends ApiPlace {
  /** Secret. */
  readonly apiKey: string;
}

/**
 * Options win over the environment, the environment over the file.
 *
 * @throws {AditError} 9500: the key as an option. 9510: no key. 9511: no address. 9201: not an address that a key may be sent
 *   to. As `loadConfig`.
 */
export async function resolveApiSettings({ options }: ParsedCommand, io: CommandIo): Promise<ApiSettings> {
  if (options['api-key'] !== undefined) {
    throw new AditError(9500, 'Cannot use --api-key: others on this machine can read it; use --api-key-file');
  }
  const { agent, file } = await readConfig(options, io);
  const place = await resolveApiPlace(options, io);
  const keyFile = single(options, 'api-key-file');
  const fromFile = keyFile === undefined ? undefined : (await readSecretFile('api-key-file', keyFile, io)).trim();
  const apiKey = fromFile ?? fromEnvironment(io.env, 'ADIT_API_KEY') ?? agent.api_key;
  if (apiKey === undefined) {
    throw new AditError(9510, `Cannot call the API: no key is given, and there is none in "${file}"`);
  }
  return { ...place, apiKey: checkedKey(apiKey) };
}

/** @throws {AditError} As `resolveApiSettings`, but for keys. */
export async function resolveApiPlace(options: ParsedCommand['options'], io: CommandIo): Promise<ApiPlace> {
  const { env } = io;
  const { agent, file, warnings } = await readConfig(options, io);
  const url = single(options, 'api-url') ?? fromEnvironment(env, 'ADIT_API_URL') ?? agent.api_url;
  if (url === undefined) {
    throw new AditError(9511, `Cannot call the API: no address is given, and there is none in "${file}"`);
  }
  const cas =
    single(options, 'api-cas') ??
    fromEnvironment(env, 'ADIT_API_CAS') ??
    fromEnvironment(env, 'ADIT_CONNECT_CAS') ??
    agent.connect_cas;
  return { url: parseApiUrl(url), caFile: cas === 'host' ? undefined : cas, warnings };
}

function readConfig(options: ParsedCommand['options'], { env }: CommandIo) {
  return loadConfig(env, namedConfigFiles(options, env));
}

/** @throws {AditError} 9201: no URL, or one over which everybody on the way could read the key. */
export function parseApiUrl(text: string): URL {
  const refuse = (why: string) => new AditError(9201, `Cannot call the API at ${JSON.stringify(text)}: ${why}`);
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw refuse('write it as https://host[:port]');
  if (url.username || url.password || url.search || url.hash)
    throw refuse('it may have a host, a port and a path only');
  if (url.protocol === 'http:' && !isThisMachine(url))
    throw refuse('keys and passwords would go over the network in clear');
  return url;
}

/** @throws {AditError} 9201: nothing that could be a key; a line break in it would be one of the request. */
function checkedKey(apiKey: string): string {
  if (/^[\x21-\x7e]{1,4096}$/.test(apiKey)) return apiKey;
  throw new AditError(9201, 'Cannot use the API key: it has characters that no key has');
}
