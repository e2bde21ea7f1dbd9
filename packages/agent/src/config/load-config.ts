import { readFile, stat } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { AditError } from '@adit/contracts';
import type { CommandIo } from '../command.ts';
import type { AgentKeys, ConfigDocument, EndpointKeys } from './agent-config.ts';
import { defaultConfigFile } from './config-files.ts';
import type { ConfigText } from './config-text.ts';

export interface LoadedConfig {
  /** Where it was read from, or would be; the first if there are several. */
  readonly file: string;
  readonly agent: AgentKeys;
  readonly endpoints: readonly EndpointKeys[];
  /** Things the user should know, one sentence each. */
  readonly warnings: readonly string[];
}

const readableByOthers = 0o077;

/**
 * Reads the configuration and merges its files, in their order. A file that was named must be there; the default one,
 * which is read when none was named, need not.
 *
 * @throws {AditError} 9202: not readable. 9201: two endpoints of one name. As `parseConfig`.
 */
export async function loadConfig(env: CommandIo['env'], named: readonly string[]): Promise<LoadedConfig> {
  const file = named[0] ?? defaultConfigFile(env);
  const texts = named.length > 0 ? await Promise.all(named.map(readText)) : await readDefault(file);
  if (texts.length === 0) return { file, agent: {}, endpoints: [], warnings: [] };
  const { mergeTexts } = await import('./merge-texts.ts');
  const { document, endpoints, warnings } = mergeTexts(texts);
  const tooOpen = await Promise.all(texts.map(({ file: path }) => permissionWarnings(path, document)));
  return { file, agent: document.agent, endpoints, warnings: [...warnings, ...tooOpen.flat()] };
}

/** @throws {AditError} 9202: it cannot be read. */
export async function readText(file: string): Promise<ConfigText> {
  return { file, text: await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => fail(file, cause)) };
}

async function readDefault(file: string): Promise<ConfigText[]> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) =>
    cause.code === 'ENOENT' ? undefined : fail(file, cause),
  );
  return text === undefined ? [] : [{ file, text }];
}

function fail(file: string, cause: NodeJS.ErrnoException): never {
  const why = getSystemErrorMessage(cause.errno ?? 0);
  throw new AditError(9202, `Cannot read the configuration "${file}": ${why}`, { cause });
}

async function permissionWarnings(file: string, document: ConfigDocument): Promise<string[]> {
  const secret = secretOf(document);
  if (secret === undefined || process.platform === 'win32') return [];
  const { mode } = await stat(file);
  if ((mode & readableByOthers) === 0) return [];
  return [`"${file}" holds ${secret} and others can read it; run: chmod 600 "${file}"`];
}

function secretOf({ agent, endpoints = [], tunnels = {} }: ConfigDocument): string | undefined {
  if (agent.authtoken !== undefined) return 'an authtoken';
  if (agent.api_key !== undefined) return 'an API key';
  const hasSecret = [...endpoints, ...Object.values(tunnels)].some((keys) =>
    [keys.basic_auth, keys.verify_webhook?.secret, 'auth' in keys && keys.auth].some(Boolean),
  );
  return hasSecret ? 'passwords or secrets' : undefined;
}
